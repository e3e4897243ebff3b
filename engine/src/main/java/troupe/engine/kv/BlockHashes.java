package troupe.engine.kv;

import java.util.ArrayList;
import java.util.List;

/** The hashes of one sequence's full blocks, each computed once, when its tokens are known. */
public final class BlockHashes {
    private final int blockTokens;
    private final BlockHash root;
    private final BlockHasher hasher = new BlockHasher();
    private final List<BlockHash> hashes = new ArrayList<>();

    public BlockHashes(BlockHash root, int blockTokens) {
        this.root = root;
        this.blockTokens = blockTokens;
    }

    /** Hashes the blocks that {@code tokens}, which begin with all tokens seen before, fill by now. */
    public void extend(TokenSequence tokens) {
        while ((hashes.size() + 1) * blockTokens <= tokens.size()) {
            int from = hashes.size() * blockTokens;
            BlockHash parent = hashes.isEmpty() ? root : hashes.getLast();
            hashes.add(hasher.child(parent, tokens, from, from + blockTokens));
        }
    }

    /** Full blocks hashed. */
    public int size() {
        return hashes.size();
    }

    public BlockHash get(int block) {
        return hashes.get(block);
    }
}
