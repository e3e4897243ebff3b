package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;

class BlockHashTest {
    private static final TokenIds TOKENS = TokenIds.of(1, 2, 3, 4);

    @Test
    void shouldDependOnNumericsAdapterAndSalt() {
        BlockHash root = BlockHash.root("n", "a", "s");
        assertEquals(root, BlockHash.root("n", "a", "s"));
        assertNotEquals(root, BlockHash.root("m", "a", "s"));
        assertNotEquals(root, BlockHash.root("n", "b", "s"));
        assertNotEquals(root, BlockHash.root("n", "a", "t"));
    }

    @Test
    void shouldNotMistakeWhereOnePartEndsAndTheNextBegins() {
        assertNotEquals(BlockHash.root("na", "", "s"), BlockHash.root("n", "a", "s"));
        assertNotEquals(BlockHash.root("n", "as", ""), BlockHash.root("n", "a", "s"));
    }

    @Test
    void shouldDependOnTokensAndAllThatCameBefore() {
        BlockHash root = BlockHash.root("n", "", "");
        BlockHash first = root.child(TOKENS, 0, 2);
        assertEquals(first, root.child(TokenIds.of(9, 1, 2), 1, 3));
        assertNotEquals(first, root.child(TokenIds.of(2, 1), 0, 2));
        assertNotEquals(first.child(TOKENS, 2, 4), root.child(TOKENS, 2, 4));
    }

    @Test
    void shouldKeepItsValueSinceOtherProcessesComputeItToo() {
        BlockHash root = BlockHash.root("numerics", "adapter", "salt");
        assertEquals("de4a4969f4c0faf93936e3b852858e2e", root.toString());
        assertEquals(
                "6eaa83bde23e5632dd272e1b94ffbb7a", root.child(TOKENS, 0, 4).toString());
    }

    @Test
    void shouldTellTokensApartThatTakeMoreBits() {
        BlockHash root = BlockHash.root("n", "", "");
        int beyond = 1 << 19;
        assertNotEquals(root.child(TokenIds.of(beyond - 1, 1), 0, 2), root.child(TokenIds.of(2 * beyond - 1, 1), 0, 2));
        assertNotEquals(root.child(TokenIds.of(0, beyond), 0, 2), root.child(TokenIds.of(0, 0), 0, 2));
        assertNotEquals(root.child(TokenIds.of(0), 0, 1), root.child(TokenIds.of(0, 0), 0, 2));
    }

    @Test
    void shouldHashTheFormThatIsDocumented() throws NoSuchAlgorithmException {
        BlockHash root = new BlockHash(0x0102030405060708L, 0x090a0b0c0d0e0f10L);
        // 1 and 2 in 19 bits each: 0000000000000000001 0000000000000000010, and two bits of padding.
        byte[] form = HexFormat.of().parseHex("0102030405060708090a0b0c0d0e0f10" + "13" + "0000200008");
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(form);
        assertEquals(
                HexFormat.of().formatHex(digest, 0, 16),
                root.child(TOKENS, 0, 2).toString());
    }

    @Test
    void shouldHashEachFullBlockOfAGrowingSequence() {
        BlockHash root = BlockHash.root("n", "", "");
        TokenSequence tokens = new TokenSequence(TokenIds.of(1, 2, 3), TokenIds.EMPTY);
        BlockHashes hashes = new BlockHashes(root, 2);
        hashes.extend(tokens);
        assertEquals(1, hashes.size());
        tokens.append(4);
        hashes.extend(tokens);
        assertEquals(2, hashes.size());
        assertEquals(root.child(TOKENS, 0, 2).child(TOKENS, 2, 4), hashes.get(1));
    }

    @Test
    void shouldHashChainsAsBlockByBlock() {
        BlockHasher hasher = new BlockHasher();
        BlockHash root = hasher.root("n", "a", "\u00e9");
        assertEquals(BlockHash.root("n", "a", "\u00e9"), root);
        for (int blockTokens : new int[] {1, 3, 4}) {
            int blocks = 12 / blockTokens;
            TokenIds tokens = TokenIds.of(-1, 2, 3, 4, Integer.MAX_VALUE, Integer.MIN_VALUE, 7, 8, 9, 10, 11, 12);
            long[] hashes = new long[2 * blocks];
            hasher.chain(root, tokens, blockTokens, 0, 2, hashes);
            hasher.chain(root, tokens, blockTokens, 2, blocks, hashes);
            BlockHash expected = root;
            for (int i = 0; i < blocks; i++) {
                expected = expected.child(tokens, i * blockTokens, (i + 1) * blockTokens);
                assertEquals(expected, new BlockHash(hashes[2 * i], hashes[2 * i + 1]));
            }
        }
    }
}
