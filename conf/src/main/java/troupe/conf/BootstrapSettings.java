package troupe.conf;

import java.util.List;

/**
 * How a node finds the others when it starts, instead of by {@code join}.
 *
 * @param contacts management ports of nodes
 * @param service the DNS name, or the value of the pods' label {@code app.kubernetes.io/name}
 * @param namespace of the pods; empty: this pod's own
 * @param requiredContacts nodes that have to be found before a new cluster is formed
 */
public record BootstrapSettings(
        BootstrapMethod method, List<NodeAddress> contacts, String service, String namespace, int requiredContacts) {
    public BootstrapSettings {
        contacts = List.copyOf(contacts);
    }

    static BootstrapSettings read(SettingsReader reader) {
        BootstrapSettings settings = new BootstrapSettings(
                BootstrapMethod.parse(reader.oneOf("method", BootstrapMethod.names())),
                reader.texts("contacts").stream()
                        .map(text -> NodeAddress.parse(text)
                                .orElseThrow(
                                        () -> reader.refusal("contacts", text, "is HOST:PORT, PORT from 1 to 65535")))
                        .toList(),
                reader.text("service"),
                reader.optionalText("namespace"),
                reader.integer("required-contacts", 1, 1_000));
        boolean contacts = settings.method() == BootstrapMethod.CONTACTS;
        if (contacts && settings.contacts().size() < settings.requiredContacts()) {
            throw reader.refusal(
                    "contacts",
                    String.valueOf(settings.contacts()),
                    "are at least as many as required-contacts, " + settings.requiredContacts());
        }
        return settings;
    }
}
