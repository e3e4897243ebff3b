package troupe.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.conf.SettingsException;

/**
 * Files that are read again when they change: compared by what is in them, since a mounted secret changes by a link and a
 * time of change may be kept. One that is broken changes nothing.
 */
final class WatchedFiles implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);

    private final String what;
    private final List<Path> files;
    private final Runnable read;
    private List<byte[]> known;

    /**
     * @param what they are, for the log
     * @param read takes them as they are now; throws a {@link SettingsException} where it cannot
     */
    WatchedFiles(String what, List<Path> files, Runnable read) {
        this.what = what;
        this.files = List.copyOf(files);
        this.read = read;
        known = contents();
    }

    /** Reads the files again if they have changed since the last time. */
    @Override
    public synchronized void run() {
        List<byte[]> now = contents();
        if (isSame(known, now)) {
            return;
        }
        known = now;
        try {
            read.run();
            LOG.info("{} were read again", what);
        } catch (SettingsException e) {
            LOG.error("{} have changed and cannot be taken, the old ones stay: {}", what, e.getMessage());
        }
    }

    private List<byte[]> contents() {
        List<byte[]> contents = new ArrayList<>();
        for (Path file : files) {
            try {
                contents.add(Files.readAllBytes(file));
            } catch (IOException e) {
                contents.add(new byte[0]);
            }
        }
        return contents;
    }

    private static boolean isSame(List<byte[]> one, List<byte[]> other) {
        for (int i = 0; i < one.size(); i++) {
            if (!Arrays.equals(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }
}
