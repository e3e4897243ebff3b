package troupe.engine.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** Python's {@code datetime.strftime} in the C locale, with glibc's {@code %-d} form for no padding. */
final class StrftimeText {
    private StrftimeText() {}

    static String format(RenderState state, String format) {
        LocalDateTime now = LocalDateTime.now(state.clock());
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                state.append(out, String.valueOf(c));
                continue;
            }
            boolean bare = format.charAt(i + 1) == '-' && i + 2 < format.length();
            i += bare ? 2 : 1;
            state.append(out, field(state, now, format.charAt(i), bare));
        }
        return out.toString();
    }

    private static String field(RenderState state, LocalDateTime now, char directive, boolean bare) {
        int hour12 = now.getHour() % 12 == 0 ? 12 : now.getHour() % 12;
        return switch (directive) {
            case 'd' -> padded(now.getDayOfMonth(), 2, bare);
            case 'm' -> padded(now.getMonthValue(), 2, bare);
            case 'y' -> padded(now.getYear() % 100, 2, bare);
            case 'H' -> padded(now.getHour(), 2, bare);
            case 'I' -> padded(hour12, 2, bare);
            case 'M' -> padded(now.getMinute(), 2, bare);
            case 'S' -> padded(now.getSecond(), 2, bare);
            case 'j' -> padded(now.getDayOfYear(), 3, bare);
            default -> {
                if (bare) {
                    throw state.unsupported("strftime directive %-" + directive);
                }
                yield unpadded(state, now, directive);
            }
        };
    }

    private static String unpadded(RenderState state, LocalDateTime now, char directive) {
        return switch (directive) {
            case 'Y' -> Integer.toString(now.getYear());
            case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' ->
                now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' ->
                now.getDayOfWeek()
                        .getDisplayName(TextStyle.FULL, Locale.ENGLISH)
                        .substring(0, 3);
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'e' -> " ".repeat(now.getDayOfMonth() < 10 ? 1 : 0) + now.getDayOfMonth();
            case 'f' -> padded(now.getNano() / 1000, 6, false);
            case 'F' -> now.toLocalDate().toString();
            case 'T' -> String.format(Locale.ROOT, "%02d:%02d:%02d", now.getHour(), now.getMinute(), now.getSecond());
            case 'R' -> String.format(Locale.ROOT, "%02d:%02d", now.getHour(), now.getMinute());
            case 'D' ->
                String.format(
                        Locale.ROOT, "%02d/%02d/%02d", now.getMonthValue(), now.getDayOfMonth(), now.getYear() % 100);
            case 'Z', 'z' -> "";
            case '%' -> "%";
            default -> throw state.unsupported("strftime directive %" + directive);
        };
    }

    private static String padded(int value, int width, boolean bare) {
        String digits = Integer.toString(value);
        return bare ? digits : "0".repeat(Math.max(0, width - digits.length())) + digits;
    }
}
