package troupe.conf;

/** A setting that no log and no error may show. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
