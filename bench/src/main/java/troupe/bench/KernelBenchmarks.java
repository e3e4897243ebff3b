package troupe.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import troupe.kernels.ActivationLayout;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;
import troupe.kernels.NativeMemory;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WeightType;

/** One thread's matrix product in the default model's feed-forward shape, weights too many for the caches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
public class KernelBenchmarks {
    private static final int ROWS = 1536;
    private static final int COLUMNS = 576;

    /** Matrices in turn, 64 MiB or so together, so that weights come from memory as they do in a decode. */
    private static final int MATRICES = 128;

    @Param({"auto", "avx2", "vector"})
    private String kernels = "";

    @Param({"Q4_1", "Q8_0"})
    private WeightType type = WeightType.Q4_1;

    @Param({"1", "16", "256"})
    private int tokens;

    private Arena arena = Arena.global();
    private Kernels implementation = KernelProvider.choose("scalar").kernels();
    private final PackedMatrix[] matrices = new PackedMatrix[MATRICES];
    private MemorySegment activations = MemorySegment.NULL;
    private MemorySegment out = MemorySegment.NULL;
    private int next;

    @Setup
    @SuppressWarnings("MustBeClosedChecker") // closed by tearDown
    public void setUp() {
        arena = Arena.ofShared();
        implementation = KernelProvider.choose(kernels).kernels();
        Random random = new Random(1);
        long bytes = PackedMatrix.bytes(type, ROWS, COLUMNS);
        MemorySegment source = arena.allocate(bytes);
        for (long i = 0; i < bytes; i++) {
            source.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt() & 0x3b)); // scales stay finite
        }
        MemorySegment data = NativeMemory.allocate(arena, MATRICES * bytes);
        for (int m = 0; m < MATRICES; m++) {
            matrices[m] = new PackedMatrix(type, ROWS, COLUMNS, data.asSlice(m * bytes, bytes));
            implementation.pack(type, source, ROWS, COLUMNS, matrices[m].data(), 0, matrices[m].groups());
        }
        MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * COLUMNS);
        for (long i = 0; i < (long) tokens * COLUMNS; i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
        activations = arena.allocate(ActivationLayout.bytes(tokens, COLUMNS), 64);
        implementation.quantize(x, COLUMNS, activations, tokens, 0, tokens);
        out = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * ROWS);
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }

    @Benchmark
    public float matmul() {
        PackedMatrix matrix = matrices[next++ % MATRICES];
        implementation.matmul(matrix, activations, tokens, out, ROWS, false, 0, matrix.groups());
        return out.get(ValueLayout.JAVA_FLOAT, 0);
    }
}
