package troupe.cli;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.ApiKey;
import troupe.conf.ApiKeys;

/** Makes a key for a client of the API. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a random API key and shows it this once, with its entry for the file of troupe.http.keys-file.",
            "The entry has the key's hash alone; weight, priority and limits may be added to it."
        })
final class KeyCommand implements Callable<Integer> {
    /** By this, scanners for secrets find a key that was published. */
    private static final String PREFIX = "troupe-";

    private static final int RANDOM_BYTES = 32;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "What logs and metrics call the client (${DEFAULT-VALUE}).")
    private String name = "";

    @Override
    public Integer call() {
        if (!ApiKeys.isName(name)) {
            throw new UserException("--name is '" + name + "', allowed are 1 to 64 letters, digits, dots, hyphens and"
                    + " underscores, a letter or digit first");
        }
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        String key = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        System.out.println("key    " + key);
        System.out.println("entry  " + ApiKeys.entry(name, ApiKey.Hash.of(key)));
        return 0;
    }
}
