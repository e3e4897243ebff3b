package troupe.engine.cpu;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import troupe.kernels.PackedMatrix;

/**
 * What the name of a file of packed weights says: {@code CHECKSUM-vMATRICES.SECTIONS.packed}.
 *
 * @param checksum SHA-256 of the model's file, hexadecimal
 * @param matrixLayout {@link PackedMatrix#LAYOUT_VERSION} of the program that wrote it
 * @param sectionLayout {@link PackedModel#LAYOUT_VERSION} likewise
 */
record PackedFileName(String checksum, int matrixLayout, int sectionLayout) {
    private static final Pattern PATTERN = Pattern.compile("([0-9a-f]{64})-v([0-9]{1,6})(?:\\.([0-9]{1,6}))?\\.packed");
    private static final Comparator<PackedFileName> BY_LAYOUT =
            Comparator.comparingInt(PackedFileName::matrixLayout).thenComparingInt(PackedFileName::sectionLayout);

    /** As this program writes it. */
    static PackedFileName of(String checksum) {
        return new PackedFileName(checksum, PackedMatrix.LAYOUT_VERSION, PackedModel.LAYOUT_VERSION);
    }

    /** Empty where the name is no packed file's. The first version named no layout of sections. */
    static Optional<PackedFileName> parse(String name) {
        Matcher match = PATTERN.matcher(name);
        if (!match.matches()) {
            return Optional.empty();
        }
        String sections = match.group(3);
        return Optional.of(new PackedFileName(
                match.group(1), Integer.parseInt(match.group(2)), sections == null ? 0 : Integer.parseInt(sections)));
    }

    /** Whether no program from this version on can read it. */
    boolean isOutdated() {
        return BY_LAYOUT.compare(this, of(checksum)) < 0;
    }

    @Override
    public String toString() {
        return checksum + "-v" + matrixLayout + "." + sectionLayout + ".packed";
    }
}
