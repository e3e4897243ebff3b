package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepProfile;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.testing.DefaultModel;
import troupe.kernels.KernelCandidate;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.KvType;
import troupe.kernels.WorkerPool;

/**
 * The bits of the default model's logits, committed: every kernel implementation on every machine gives them. A
 * deliberate change of the arithmetic raises {@link Kernels#ARITHMETIC_VERSION} and replaces the file by what the failing
 * test prints.
 */
class GoldenLogitsTest {
    private static final int ROWS = 3;

    @Test
    void shouldGiveTheCommittedBitsOnEveryImplementation() throws IOException {
        String golden;
        try (InputStream in = GoldenLogitsTest.class.getResourceAsStream("/golden/smollm2-135m-logits.txt")) {
            golden = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
        }
        int ran = 0;
        try (Model model = new ModelLoader(DefaultModel.cacheFolder()).load(DefaultModel.path())) {
            for (KernelCandidate candidate : KernelProvider.available()) {
                if (candidate.kernels().isEmpty()) {
                    System.out.println("golden logits: " + candidate.name() + " did not run: "
                            + candidate.missing().orElse(""));
                    continue;
                }
                System.out.println("golden logits: " + candidate.name() + " ran");
                assertEquals(golden, describe(model, candidate.kernels().get()), candidate.name());
                ran++;
            }
        }
        assertFalse(ran < 2, "only " + ran + " implementations ran: the scalar and the vector ones run anywhere");
    }

    /** One line a row: the SHA-256 of all its logits' bits, and the first four in clear. */
    private static String describe(Model model, Kernels kernels) {
        int[] prompt = model.tokenizer().encode("The quick brown fox jumps over the lazy dog, and then it", false);
        KvLayout layout = new KvLayout(
                model.config().blockCount(),
                model.config().headCountKv(),
                model.config().headDimension(),
                KvType.F16);
        int vocabulary = model.config().vocabularySize();
        try (WorkerPool pool = new WorkerPool(2);
                Arena arena = Arena.ofShared()) {
            long bytes = PackedModel.bytes(model.config(), model.tensors(), false);
            PackedModel packed = PackedModel.over(model.config(), model.tensors(), false, arena.allocate(bytes, 64));
            packed.fill(kernels, pool);
            MemorySegment cache = arena.allocate(2 * layout.blockBytes(), 64);
            LlamaForward forward =
                    new LlamaForward(packed, kernels, pool, layout, cache, arena, prompt.length, StepProfile.off());
            StepBatch batch = new StepBatch(arena, prompt.length, 1, 2);
            TokenIds blocks = TokenIds.of(1, 0);
            batch.load(new StepPlan(0, List.of(new SequenceSlice(TokenIds.of(prompt), 0, blocks, null, null))));
            forward.run(batch);
            MemorySegment logits = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * vocabulary);
            int last = prompt.length - 1;
            forward.logits(new int[] {0, last / 2, last}, ROWS, logits, vocabulary);
            StringBuilder text = new StringBuilder();
            for (int row = 0; row < ROWS; row++) {
                text.append(describe(
                        logits.asSlice((long) row * vocabulary * Float.BYTES, (long) vocabulary * Float.BYTES)));
            }
            return text.toString();
        }
    }

    private static String describe(MemorySegment row) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(row.toArray(ValueLayout.JAVA_BYTE));
            StringBuilder text = new StringBuilder(HexFormat.of().formatHex(digest));
            for (int i = 0; i < 4; i++) {
                int bits = row.getAtIndex(ValueLayout.JAVA_INT, i);
                text.append(' ').append(HexFormat.of().toHexDigits(bits));
            }
            return text.append('\n').toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
