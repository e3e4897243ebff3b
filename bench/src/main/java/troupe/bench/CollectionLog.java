package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JVM writes with {@code -Xlog:gc}: a line for each pause of a collection, with its length at the end. */
final class CollectionLog {
    private static final Pattern PAUSE = Pattern.compile("\\bPause\\b.*\\b(\\d+\\.\\d+)ms$");

    private CollectionLog() {}

    /** The lengths of all pauses so far, in milliseconds, in their order. */
    static List<Double> pauses(Path log) throws IOException {
        List<Double> pauses = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher pause = PAUSE.matcher(line);
            if (pause.find()) {
                pauses.add(Double.parseDouble(pause.group(1)));
            }
        }
        return pauses;
    }
}
