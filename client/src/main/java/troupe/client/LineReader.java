package troupe.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The lines of a response, with a limit for how long it may say nothing. Reads ahead by a few lines. */
final class LineReader implements AutoCloseable {
    private static final int LINES_AHEAD = 64;

    private final InputStream input;
    private final BlockingQueue<Item> items = new ArrayBlockingQueue<>(LINES_AHEAD);
    private final Thread reader;

    /** A line; or the end, which is a failure where the connection broke. */
    private record Item(@Nullable String line, @Nullable IOException failure) {}

    LineReader(InputStream input) {
        this.input = input;
        reader = Thread.ofVirtual().name("lines").start(this::read);
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                items.put(new Item(line, null));
            }
            items.put(new Item(null, null));
        } catch (IOException e) {
            try {
                items.put(new Item(null, e));
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The next line; null at the end.
     *
     * @throws IOException if the connection breaks or says nothing for {@code limit}
     */
    @Nullable
    String next(Duration limit) throws IOException, InterruptedException {
        Item item = items.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (item == null) {
            throw new IOException("nothing came for " + limit.toMillis() + " ms");
        }
        if (item.failure() != null) {
            throw item.failure();
        }
        return item.line();
    }

    /** Gives the connection up. */
    @Override
    public void close() {
        reader.interrupt();
        try {
            input.close();
        } catch (IOException e) {
            // Nothing more is wanted from it.
        }
    }
}
