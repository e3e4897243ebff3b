package troupe.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import troupe.engine.store.ProgressListener;

/** Shows a pull: a bar per phase in a terminal, otherwise a plain line at every quarter. */
final class PullProgress implements ProgressListener, AutoCloseable {
    private final PrintStream out;
    private final boolean terminal;
    private final String model;
    private @Nullable Phase phase;
    private @Nullable ProgressBar bar;
    private long quarters;

    PullProgress(String model, PrintStream out, boolean terminal) {
        this.model = model;
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void progress(Phase now, long bytes, long totalBytes) {
        if (now != phase) {
            begin(now, totalBytes);
        }
        if (bar != null) {
            bar.stepTo(bytes);
        } else if (!terminal && totalBytes > 0 && 4 * bytes / totalBytes > quarters) {
            quarters = 4 * bytes / totalBytes;
            out.println(describe(now) + ": " + 25 * quarters + "% of " + (totalBytes >> 20) + " MiB");
        }
    }

    private void begin(Phase now, long totalBytes) {
        close();
        phase = now;
        quarters = 0;
        if (terminal && totalBytes > 0) {
            bar = new ProgressBarBuilder()
                    .setTaskName(describe(now))
                    .setInitialMax(totalBytes)
                    .setUnit(" MiB", 1 << 20)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .build();
        } else {
            out.println(describe(now));
        }
    }

    private String describe(Phase now) {
        return switch (now) {
            case WAITING -> "waiting for another pull of " + model;
            case DOWNLOADING -> "downloading " + model;
            case UNPACKING -> "unpacking and checking " + model;
        };
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
