package troupe.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IncrementalDetokenizerTest {
    private static final int SPECIAL = 256;
    private static final int CUT_EMOJI = 257;
    /** Every pair of bytes, so that characters are cut everywhere. */
    private static final int FIRST_PAIR = 258;

    private final Tokenizer tokenizer = new ByteTokenizer();

    @Test
    void shouldHoldBackACharacterUntilItIsWhole() {
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, true);
        assertEquals("", detokenizer.append(0xF0));
        assertEquals("", detokenizer.append(0x9F));
        assertEquals("", detokenizer.append(0x98));
        assertEquals("\ud83d\ude00", detokenizer.append(0x80));
        assertEquals("a", detokenizer.append('a'));
        assertEquals("", detokenizer.flush());
    }

    @Test
    void shouldEmitWhatPrecedesTheHeldBackBytes() {
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, true);
        assertEquals("x", detokenizer.append(CUT_EMOJI));
        assertEquals("\ud83d\ude00", detokenizer.append(0x80));
    }

    @Test
    void shouldReplaceWhatCanNoLongerBecomeACharacter() {
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, true);
        assertEquals("", detokenizer.append(0xE2));
        assertEquals("", detokenizer.append(0x82));
        assertEquals("\uFFFDb", detokenizer.append('b'));
        assertEquals("\uFFFD", detokenizer.append(0xFF));
        assertEquals("", detokenizer.append(0xE0));
        assertEquals("\uFFFD\uFFFD", detokenizer.append(0x80), "E0 80 begins no character");
        assertEquals("", detokenizer.append(0xC3));
        assertEquals("\uFFFD", detokenizer.flush());
        assertEquals("", detokenizer.flush());
    }

    @Test
    void shouldSkipSpecialTokensUnlessAsked() {
        IncrementalDetokenizer skipping = new IncrementalDetokenizer(tokenizer, true);
        assertEquals("", skipping.append(0xC3));
        assertEquals("", skipping.append(SPECIAL));
        assertEquals("\u00e9", skipping.append(0xA9));
        assertEquals("<|s|>", new IncrementalDetokenizer(tokenizer, false).append(SPECIAL));
    }

    @Test
    void shouldRefuseIdsOutsideTheVocabulary() {
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, true);
        assertThrows(IndexOutOfBoundsException.class, () -> detokenizer.append(tokenizer.vocabularySize()));
        assertThrows(IndexOutOfBoundsException.class, () -> detokenizer.append(-1));
    }

    @Test
    void shouldEqualTheWholeDecodeForRandomTokens() {
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            int[] ids = new int[random.nextInt(1, 24)];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(256);
                    case 1 -> 0xC0 + random.nextInt(64);
                    case 2 -> 0x80 + random.nextInt(64);
                    default -> FIRST_PAIR + random.nextInt(65_536);
                };
            }
            assertConcatenationEqualsDecode(ids);
        }
    }

    @Test
    void shouldEmitNoReplacementCharacterForValidTextCutAnywhere() {
        Random random = new Random(8);
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                int[] ranges = {0x80, 0x800, 0xD800, 0x10000, 0x110000};
                int range = random.nextInt(4);
                int codePoint = range == 2
                        ? 0xE000 + random.nextInt(0x1FFD)
                        : random.nextInt(range == 3 ? 0x10000 : 1, ranges[range == 3 ? 4 : range]);
                text.appendCodePoint(codePoint);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = bytes[i] & 0xFF;
            }
            assertConcatenationEqualsDecode(ids);
            assertEquals(text.toString(), tokenizer.decode(ids, true));
        }
    }

    private void assertConcatenationEqualsDecode(int[] ids) {
        String whole = tokenizer.decode(ids, false);
        IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(tokenizer, false);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(detokenizer.append(id));
            assertEquals(whole.substring(0, text.length()), text.toString());
        }
        assertEquals(whole, text.append(detokenizer.flush()).toString());
    }

    /** Ids 0 to 255 are bytes, then a special token, a cut emoji, and every pair of bytes. */
    private static final class ByteTokenizer implements Tokenizer {
        @Override
        public int[] encode(String text, boolean parseSpecialTokens) {
            throw new UnsupportedOperationException("only decodes");
        }

        @Override
        public String decode(int[] ids, boolean skipSpecialTokens) {
            var bytes = new ByteArrayOutputStream();
            for (int id : ids) {
                bytes.writeBytes(tokenBytes(id));
            }
            return Utf8.decode(bytes.toByteArray(), bytes.size());
        }

        @Override
        public byte[] tokenBytes(int id) {
            Objects.checkIndex(id, vocabularySize());
            return switch (id) {
                case SPECIAL -> "<|s|>".getBytes(StandardCharsets.UTF_8);
                case CUT_EMOJI -> new byte[] {'x', (byte) 0xF0, (byte) 0x9F, (byte) 0x98};
                default ->
                    id < 256
                            ? new byte[] {(byte) id}
                            : new byte[] {(byte) ((id - FIRST_PAIR) >> 8), (byte) (id - FIRST_PAIR)};
            };
        }

        @Override
        public boolean isSpecial(int id) {
            return Objects.checkIndex(id, vocabularySize()) == SPECIAL;
        }

        @Override
        public int vocabularySize() {
            return FIRST_PAIR + 65_536;
        }

        @Override
        public SpecialTokens specialTokens() {
            OptionalInt none = OptionalInt.empty();
            return new SpecialTokens(none, none, none, none, none, none, false, false);
        }
    }
}
