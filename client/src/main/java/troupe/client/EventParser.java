package troupe.client;

import org.jspecify.annotations.Nullable;

/** Puts the lines of {@code text/event-stream} together to events (WHATWG HTML, section 9.2). */
final class EventParser {
    private final StringBuilder data = new StringBuilder();
    private String id = "";

    /** An event where this line ends one, otherwise null; an event that breaks off before its empty line is none. */
    @Nullable
    ServerEvent line(String line) {
        if (line.isEmpty()) {
            return end();
        }
        int colon = line.indexOf(':');
        String field = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        if (value.startsWith(" ")) {
            value = value.substring(1);
        }
        switch (field) {
            case "data" -> data.append(value).append('\n');
            case "id" -> id = value;
            default -> {
                // A comment, or a field that means nothing here.
            }
        }
        return null;
    }

    private @Nullable ServerEvent end() {
        if (data.isEmpty()) {
            return null;
        }
        ServerEvent event = new ServerEvent(id, data.substring(0, data.length() - 1));
        data.setLength(0);
        id = "";
        return event;
    }
}
