package troupe.bench.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import troupe.kernels.ActivationLayout;
import troupe.kernels.Kernels;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WeightType;

/** Matrix products by type, shape and number of tokens, with weights too many for the caches. */
final class MatmulCases {
    static final int[] TOKENS = {1, 8, 16, 256};

    private record Shape(String title, int rows, int columns) {}

    private static final List<Shape> SHAPES = List.of(
            new Shape("q, o", Shapes.EMBEDDING, Shapes.EMBEDDING),
            new Shape("k, v", Shapes.KV_HEADS * Shapes.HEAD_DIMENSION, Shapes.EMBEDDING),
            new Shape("gate, up", Shapes.FEED_FORWARD, Shapes.EMBEDDING),
            new Shape("down", Shapes.EMBEDDING, Shapes.FEED_FORWARD),
            new Shape("head", Shapes.VOCABULARY, Shapes.EMBEDDING));

    private MatmulCases() {}

    /** @param quick one type and one shape */
    static List<KernelCase> all(boolean quick) {
        List<KernelCase> cases = new ArrayList<>();
        for (WeightType type : WeightType.values()) {
            for (Shape shape : SHAPES) {
                boolean fits = shape.columns() % type.blockElements() == 0;
                boolean wanted =
                        !quick || (type == WeightType.Q4_1 && shape.title().equals("gate, up"));
                for (int tokens : TOKENS) {
                    if (fits && wanted) {
                        cases.add(of(type, shape, tokens));
                    }
                }
            }
        }
        return cases;
    }

    private static KernelCase of(WeightType type, Shape shape, int tokens) {
        double operations = 2.0 * shape.rows() * shape.columns() * tokens;
        Demand demand = new Demand(
                (double) type.rowBytes(shape.columns()) * shape.rows(),
                0,
                type.quantized() ? 0 : operations,
                type.quantized() ? operations : 0);
        return new KernelCase(
                "matmul " + type,
                shape.title() + " " + shape.rows() + " x " + shape.columns(),
                tokens,
                demand,
                (kernels, arena) -> new Product(kernels, arena, type, shape, tokens));
    }

    private static final class Product implements KernelCase.Calls {
        private final Kernels kernels;
        private final PackedMatrix[] matrices;
        private final MemorySegment activations;
        private final MemorySegment out;
        private final int tokens;

        Product(Kernels kernels, Arena arena, WeightType type, Shape shape, int tokens) {
            this.kernels = kernels;
            this.tokens = tokens;
            int rows = shape.rows();
            int columns = shape.columns();
            long bytes = PackedMatrix.bytes(type, rows, columns);
            matrices = new PackedMatrix[(int) Math.max(1, Limits.MODEL_BYTES_PER_THREAD / bytes)];
            MemorySegment data = Operands.zeros(arena, matrices.length * bytes);
            for (int i = 0; i < matrices.length; i++) {
                matrices[i] = new PackedMatrix(type, rows, columns, data.asSlice(i * bytes, bytes));
            }
            try (Arena source = Arena.ofConfined()) {
                MemorySegment weights = Operands.weights(source, bytes);
                kernels.pack(type, weights, rows, columns, matrices[0].data(), 0, matrices[0].groups());
            }
            for (int i = 1; i < matrices.length; i++) {
                matrices[i].data().copyFrom(matrices[0].data());
            }
            MemorySegment x = Operands.floats(arena, (long) tokens * columns);
            if (type.quantized()) {
                activations = Operands.zeros(arena, ActivationLayout.bytes(tokens, columns));
                kernels.quantize(x, columns, activations, tokens, 0, tokens);
            } else {
                activations = x;
            }
            out = Operands.zeros(arena, (long) tokens * rows * Float.BYTES);
        }

        @Override
        public void call(int index) {
            PackedMatrix matrix = matrices[index % matrices.length];
            kernels.matmul(matrix, activations, tokens, out, matrix.rows(), false, 0, matrix.groups());
        }

        @Override
        public float sample() {
            return out.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }
}
