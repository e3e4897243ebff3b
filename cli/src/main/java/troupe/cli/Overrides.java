package troupe.cli;

import com.typesafe.config.ConfigUtil;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Options of the command line as settings that win over the file's. */
final class Overrides {
    private final StringBuilder text = new StringBuilder();

    /** Sets {@code key}; an option that was not given, null, leaves it alone. */
    Overrides add(String key, @Nullable Object value) {
        if (value != null) {
            text.append(key)
                    .append(" = ")
                    .append(ConfigUtil.quoteString(value.toString()))
                    .append('\n');
        }
        return this;
    }

    /** Sets {@code key} to a list; an empty one leaves it alone. */
    Overrides add(String key, List<String> values) {
        if (!values.isEmpty()) {
            text.append(key)
                    .append(" = [")
                    .append(values.stream().map(ConfigUtil::quoteString).collect(Collectors.joining(", ")))
                    .append("]\n");
        }
        return this;
    }

    /** In HOCON. */
    @Override
    public String toString() {
        return text.toString();
    }
}
