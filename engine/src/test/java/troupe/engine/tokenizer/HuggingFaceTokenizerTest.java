package troupe.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.gguf.GgufFile;
import troupe.engine.testing.DefaultModel;
import troupe.engine.testing.GgufWriter;
import troupe.engine.testing.Refusal;
import troupe.engine.testing.TinyLlama;

class HuggingFaceTokenizerTest {
    private static final int HE = 256;
    private static final int SPACE_W = 257;
    private static final int START = 258;
    private static final int END = 259;
    private static final int TOOL = 260;

    @TempDir
    Path folder;

    @Test
    void shouldEncodeByMergesAndDecodeBack() {
        Tokenizer tokenizer = tokenizer(tiny());
        int[] ids = tokenizer.encode("he we", false);
        assertArrayEquals(new int[] {HE, SPACE_W, 'e'}, ids);
        assertEquals("he we", tokenizer.decode(ids, false));
    }

    @Test
    void shouldRecogniseSpecialTokensOnlyWhenAsked() {
        Tokenizer tokenizer = tokenizer(tiny());
        assertArrayEquals(new int[] {START, HE, END}, tokenizer.encode("<|start|>he<|end|>", true));
        int[] plain = tokenizer.encode("<|start|>he<|end|>", false);
        assertEquals("<|start|>he<|end|>", tokenizer.decode(plain, true), "nothing in it may be special");
        for (int id : plain) {
            assertFalse(tokenizer.isSpecial(id), "token " + id);
        }
    }

    @Test
    void shouldAlwaysRecogniseUserDefinedTokens() {
        Tokenizer tokenizer = tokenizer(tiny());
        assertArrayEquals(new int[] {TOOL, 'x'}, tokenizer.encode("<tool>x", false));
        assertArrayEquals(new int[] {TOOL, 'x'}, tokenizer.encode("<tool>x", true));
        assertFalse(tokenizer.isSpecial(TOOL));
    }

    @Test
    void shouldNotYieldAControlTokenByMergesOrWholeWordsEither() {
        GgufWriter writer = tiny().string("tokenizer.ggml.pre", "llama-bpe").uint32("tokenizer.ggml.eot_token_id", HE);
        Tokenizer tokenizer = tokenizer(writer);
        assertTrue(tokenizer.isSpecial(HE));
        assertArrayEquals(new int[] {HE}, tokenizer.encode("he", true));
        assertArrayEquals(new int[] {'h', 'e'}, tokenizer.encode("he", false));
    }

    @Test
    void shouldSkipSpecialTokensInDecodingWhenAsked() {
        Tokenizer tokenizer = tokenizer(tiny());
        int[] ids = {START, HE, TOOL, END};
        assertEquals("he<tool>", tokenizer.decode(ids, true));
        assertEquals("<|start|>he<tool><|end|>", tokenizer.decode(ids, false));
    }

    @Test
    void shouldGiveTheRawBytesOfTokens() {
        Tokenizer tokenizer = tokenizer(tiny());
        for (int value = 0; value < 256; value++) {
            assertArrayEquals(new byte[] {(byte) value}, tokenizer.tokenBytes(value));
        }
        assertArrayEquals(" w".getBytes(StandardCharsets.UTF_8), tokenizer.tokenBytes(SPACE_W));
        assertArrayEquals("<|end|>".getBytes(StandardCharsets.UTF_8), tokenizer.tokenBytes(END));
    }

    @Test
    void shouldKeepTextBeyondTheBasicPlaneAndReplaceUnpairedSurrogates() {
        Tokenizer tokenizer = tokenizer(tiny());
        for (String text : List.of("", "\u0000", "a\u0000b", "\ud83d\ude00\u00e9\u4e2d", " \t\r\n ")) {
            assertEquals(text, tokenizer.decode(tokenizer.encode(text, false), false));
        }
        String broken = "\ude00x\ud83d\ude00\ud83dy\ud83d";
        assertEquals("\uFFFDx\ud83d\ude00\uFFFDy\uFFFD", tokenizer.decode(tokenizer.encode(broken, true), false));
    }

    @Test
    void shouldCheckIds() {
        Tokenizer tokenizer = tokenizer(tiny());
        assertEquals(TinyLlama.VOCABULARY, tokenizer.vocabularySize());
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.tokenBytes(TinyLlama.VOCABULARY));
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.isSpecial(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.decode(new int[] {0, 300}, true));
    }

    @Test
    void shouldReadSpecialTokens() {
        SpecialTokens tokens = tokenizer(
                        tiny().uint32("tokenizer.ggml.eot_token_id", 258).bool("tokenizer.ggml.add_bos_token", true))
                .specialTokens();
        assertEquals(OptionalInt.of(258), tokens.bos());
        assertEquals(OptionalInt.of(259), tokens.eos());
        assertEquals(OptionalInt.empty(), tokens.padding());
        assertTrue(tokens.addBos());
        assertArrayEquals(new int[] {258, 259}, tokens.endOfGeneration());
    }

    @Test
    void shouldAddBosByDefaultWhereTheModelFamilyDoes() {
        assertFalse(tokenizer(tiny()).specialTokens().addBos());
        assertTrue(tokenizer(tiny().string("tokenizer.ggml.pre", "llama-bpe"))
                .specialTokens()
                .addBos());
    }

    @Test
    void shouldCutWordsByTheNamedRule() {
        String text = "1234 he";
        assertEquals(List.of(4, 1), words("gpt-2"));
        assertEquals(List.of(1, 1, 1, 1), words("smollm").subList(0, 4));
        assertEquals(List.of(3, 1), words("llama-bpe").subList(0, 2));
        assertEquals(List.of(1, 1, 1, 1), words("qwen2").subList(0, 4));
        assertEquals(text, decodeOf(tiny().string("tokenizer.ggml.pre", "qwen2"), text));
        // NFC is part of Qwen 2's definition.
        assertEquals("\u00e9", decodeOf(tiny().string("tokenizer.ggml.pre", "qwen2"), "e\u0301"));
        assertEquals("e\u0301", decodeOf(tiny().string("tokenizer.ggml.pre", "smollm"), "e\u0301"));
    }

    /** The lengths of the words of "1234!" that the rule makes, seen through merges of digits. */
    private List<Integer> words(String pre) {
        GgufWriter writer = tiny().string("tokenizer.ggml.pre", pre);
        List<String> tokens = new ArrayList<>(bytesAsTokens());
        tokens.addAll(List.of("12", "123", "1234"));
        writer.strings("tokenizer.ggml.tokens", tokens)
                .remove("tokenizer.ggml.token_type")
                .remove("tokenizer.ggml.bos_token_id")
                .remove("tokenizer.ggml.eos_token_id")
                .strings("tokenizer.ggml.merges", List.of("1 2", "12 3", "123 4"));
        Tokenizer tokenizer = tokenizer(writer);
        List<Integer> lengths = new ArrayList<>();
        for (int id : tokenizer.encode("1234!", false)) {
            lengths.add(tokenizer.tokenBytes(id).length);
        }
        return lengths;
    }

    private static List<String> bytesAsTokens() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(Character.toString(ByteLevelAlphabet.character(value)));
        }
        return tokens;
    }

    private String decodeOf(GgufWriter writer, String text) {
        Tokenizer tokenizer = tokenizer(writer);
        return tokenizer.decode(tokenizer.encode(text, false), false);
    }

    @Test
    void shouldRefuseOtherKindsOfVocabularyByName() {
        assertRefused(
                "tokenizer.ggml.model is llama; supported is gpt2", tiny().string("tokenizer.ggml.model", "llama"));
        assertRefused("tokenizer.ggml.pre is tekken", tiny().string("tokenizer.ggml.pre", "tekken"));
    }

    @Test
    void shouldRefuseMalformedVocabularies() {
        assertRefused("token_type has 3 elements", tiny().int32s("tokenizer.ggml.token_type", 1, 1, 1));
        assertRefused("repeats token 0", tiny().strings("tokenizer.ggml.tokens", List.of("a", "a")));
        assertRefused("tokenizer.ggml.tokens is empty", tiny().strings("tokenizer.ggml.tokens", List.of()));
        assertRefused(
                "token 1 of tokenizer.ggml.tokens is empty", tiny().strings("tokenizer.ggml.tokens", List.of("a", "")));
        assertRefused("merge 0", tiny().strings("tokenizer.ggml.merges", List.of("ab")));
        assertRefused("merge 0", tiny().strings("tokenizer.ggml.merges", List.of("a b c")));
        assertRefused("the vocabulary is not usable", tiny().strings("tokenizer.ggml.merges", List.of("qq rr")));
        assertRefused(
                "eos_token_id is 262; the limits are 0 and 261", tiny().uint32("tokenizer.ggml.eos_token_id", 262));
    }

    private static GgufWriter tiny() {
        return TinyLlama.vocabulary(new GgufWriter());
    }

    private void assertRefused(String expected, GgufWriter writer) {
        Refusal.assertRefused(expected, () -> tokenizer(writer));
    }

    private Tokenizer tokenizer(GgufWriter writer) {
        try (GgufFile file = GgufFile.open(writer.write(folder.resolve("tiny.gguf")))) {
            return HuggingFaceTokenizer.of(file.metadata(), DefaultModel.cacheFolder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
