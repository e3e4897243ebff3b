package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.kv.BlockHash;

class PromptHashesTest {
    private static final TokenIds TOKENS = Demands.prompt(0, 1, 200 * 16 + 3);

    private final PromptHashes prompt = new PromptHashes("n", 16);

    @Test
    void shouldHashAsFarAsAsked() {
        prompt.of(TOKENS, "");
        assertEquals(200, prompt.blocks());
        assertEquals(0, prompt.hashed());
        assertHash(PromptHashes.AHEAD - 1, "");
        assertHash(0, "");
        assertEquals(PromptHashes.AHEAD, prompt.hashed());
        assertHash(PromptHashes.AHEAD, "");
        assertEquals(2 * PromptHashes.AHEAD, prompt.hashed());
        assertHash(199, "");
        assertHash(100, "");
        assertEquals(200, prompt.hashed());
    }

    @Test
    void shouldBeginAnewWithAnotherPromptOrSalt() {
        prompt.of(TOKENS, "");
        assertHash(5, "");
        prompt.of(TOKENS, "salt");
        assertEquals(0, prompt.hashed());
        assertHash(5, "salt");
        prompt.of(TokenIds.of(1, 2), "salt");
        assertEquals(0, prompt.blocks());
        prompt.of(TOKENS, "");
        assertHash(5, "");
    }

    private void assertHash(int block, String salt) {
        BlockHash expected = BlockHash.root("n", "", salt);
        for (int i = 0; i <= block; i++) {
            expected = expected.child(TOKENS, i * 16, (i + 1) * 16);
        }
        assertEquals(expected, new BlockHash(prompt.high(block), prompt.low(block)));
    }
}
