package troupe.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** What a logger says from a level on, as long as this is open. */
final class LogRecorder extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final LinkedBlockingQueue<ILoggingEvent> lines = new LinkedBlockingQueue<>();
    private final Logger logger;
    private final Level lowest;
    private final Level levelBefore;

    LogRecorder(String name, Level lowest) {
        logger = (Logger) LoggerFactory.getLogger(name);
        this.lowest = lowest;
        levelBefore = logger.getLevel();
        logger.setLevel(lowest);
        logger.addAppender(this);
        start();
    }

    @Override
    protected void append(ILoggingEvent line) {
        if (line.getLevel().isGreaterOrEqual(lowest)) {
            lines.add(line);
        }
    }

    /** The key-values of the next line; fails if none comes. */
    Map<String, String> next() throws InterruptedException {
        ILoggingEvent line = lines.poll(30, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no further line");
        }
        Map<String, String> values = new HashMap<>();
        for (KeyValuePair pair : line.getKeyValuePairs()) {
            values.put(pair.key, String.valueOf(pair.value));
        }
        return values;
    }

    /** The messages of the lines that no one has asked for. */
    List<String> rest() {
        List<String> messages = new ArrayList<>();
        for (ILoggingEvent line : lines) {
            messages.add(line.getLoggerName() + ": " + line.getFormattedMessage());
        }
        return messages;
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setLevel(levelBefore);
        stop();
    }
}
