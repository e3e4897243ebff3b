package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PrefixTreeTest {
    private static final int BLOCKS = 40;

    /** What a node of the tree is, without any index. */
    private record Node(int block, BlockHash hash, @Nullable Node parent, long idleSince) {
        boolean isIdle() {
            return idleSince >= 0;
        }
    }

    /** The tree as plainly as it can be said. */
    private static final class Model {
        final List<Node> nodes = new ArrayList<>();
        long clock;

        @Nullable
        Node of(int block) {
            return nodes.stream()
                    .filter(node -> node.block() == block)
                    .findAny()
                    .orElse(null);
        }

        List<Node> children(int block) {
            return nodes.stream()
                    .filter(other -> other.parent() != null && other.parent().block() == block)
                    .toList();
        }

        List<Node> inUse() {
            return nodes.stream().filter(node -> !node.isIdle()).toList();
        }

        boolean isParentInUse(Node node) {
            return node.parent() == null
                    || inUse().stream()
                            .anyMatch(other -> other.block() == node.parent().block());
        }

        OptionalInt evict() {
            Node oldest = null;
            for (Node node : nodes) {
                if (node.isIdle()
                        && children(node.block()).isEmpty()
                        && (oldest == null || node.idleSince() < oldest.idleSince())) {
                    oldest = node;
                }
            }
            if (oldest == null) {
                return OptionalInt.empty();
            }
            nodes.remove(oldest);
            return OptionalInt.of(oldest.block());
        }

        void set(int block, long idleSince) {
            for (int i = 0; i < nodes.size(); i++) {
                Node node = nodes.get(i);
                if (node.block() == block) {
                    nodes.set(i, new Node(block, node.hash(), node.parent(), idleSince));
                }
            }
        }
    }

    @Test
    void shouldDoAsThePlainModelDoes() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            PrefixTree tree = new PrefixTree(BLOCKS);
            Model model = new Model();
            Map<BlockHash, Boolean> expectedCache = new HashMap<>();
            for (int step = 0; step < 3_000; step++) {
                act(random, tree, model);
                KvChanges changes = tree.takeChanges();
                for (int i = 0; i < changes.size(); i++) {
                    BlockHash hash = new BlockHash(changes.high(i), changes.low(i));
                    expectedCache.put(hash, changes.kind(i) == KvChanges.Kind.STORED);
                }
                check(tree, model, expectedCache);
            }
        }
    }

    /** Whoever uses a block uses its ancestors too, so a block in use has no idle parent. */
    private static void act(Random random, PrefixTree tree, Model model) {
        int block = random.nextInt(BLOCKS);
        Node known = model.of(block);
        switch (random.nextInt(4)) {
            case 0 -> assertEquals(model.evict(), tree.evict());
            case 1 -> {
                if (known != null
                        && !known.isIdle()
                        && model.children(block).stream().allMatch(Node::isIdle)) {
                    model.set(block, model.clock++);
                    tree.idle(block);
                }
            }
            case 2 -> {
                if (known != null && model.isParentInUse(known)) {
                    model.set(block, -1);
                    tree.use(block);
                }
            }
            default -> {
                if (known == null) {
                    List<Node> parents = model.inUse();
                    Node parent = parents.isEmpty() || random.nextInt(4) == 0
                            ? null
                            : parents.get(random.nextInt(parents.size()));
                    // Few low halves, so that many collide.
                    BlockHash hash = new BlockHash(random.nextLong(), random.nextInt(30));
                    model.nodes.add(new Node(block, hash, parent, -1));
                    tree.insert(parent == null ? null : parent.hash(), hash, block);
                }
            }
        }
    }

    private static void check(PrefixTree tree, Model model, Map<BlockHash, Boolean> cache) {
        assertEquals(model.nodes.stream().filter(Node::isIdle).count(), tree.idleBlocks());
        for (int block = 0; block < BLOCKS; block++) {
            Node node = model.of(block);
            assertEquals(node != null, tree.contains(block));
            assertEquals(node != null && node.isIdle(), tree.isIdle(block));
            if (node != null) {
                assertEquals(OptionalInt.of(block), tree.find(node.hash()));
                assertEquals(true, cache.get(node.hash()), "the changes told that it is cached");
            }
        }
        assertEquals(
                model.nodes.size(),
                cache.values().stream().filter(cached -> cached).count(),
                "the changes told of all that left");
    }

    @Test
    void shouldRefuseWhatWouldBreakTheTree() {
        PrefixTree tree = new PrefixTree(4);
        BlockHash first = new BlockHash(1, 1);
        BlockHash second = new BlockHash(2, 2);
        assertThrows(IllegalStateException.class, () -> tree.insert(first, second, 0));
        tree.insert(null, first, 0);
        assertThrows(IllegalStateException.class, () -> tree.insert(null, first, 1));
        assertThrows(IllegalStateException.class, () -> tree.insert(null, second, 0));
        assertThrows(IllegalStateException.class, () -> tree.use(1));
        assertThrows(IllegalStateException.class, () -> tree.idle(1));
    }
}
