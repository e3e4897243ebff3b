package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.kernels.Kernels;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WorkerPool;

/**
 * out = weights * input, or that added to out, for one or several matrices over one input, as one parallel section: the
 * groups of rows of one matrix after the other are cut into tasks.
 */
final class ProductStage implements WorkerPool.Task {
    /** Of one matrix; {@code out} is f32 [rows][outStride], of which weights.rows() are written. */
    record Product(PackedMatrix weights, MemorySegment out, int outStride) {
        Product(PackedMatrix weights, MemorySegment out) {
            this(weights, out, weights.rows());
        }
    }

    private final Kernels kernels;
    private final WorkerPool pool;
    private final MemorySegment input;
    private final MemorySegment quantized;
    private final boolean accumulate;
    private final Product[] products;
    private final int groups;
    private final GroupRange multiply = this::multiply; // one object for all runs

    // Of the run under way.
    private int rows = 1;
    private WorkSplit split;

    /**
     * @param input f32 [rows][columns], read by matrices that are not quantized
     * @param quantized the same as ActivationLayout, read by those that are
     */
    ProductStage(
            Kernels kernels,
            WorkerPool pool,
            MemorySegment input,
            MemorySegment quantized,
            boolean accumulate,
            Product... products) {
        this.kernels = kernels;
        this.pool = pool;
        this.input = input;
        this.quantized = quantized;
        this.accumulate = accumulate;
        this.products = products;
        this.groups = countGroups(products);
        this.split = WorkSplit.ofProduct(groups, rows, pool.threads());
    }

    private static int countGroups(Product... products) {
        int sum = 0;
        for (Product product : products) {
            sum += product.weights().groups();
        }
        return sum;
    }

    /** Whether the input must be there quantized. */
    boolean readsQuantized() {
        for (Product product : products) {
            if (product.weights().type().quantized()) {
                return true;
            }
        }
        return false;
    }

    /** Multiplies with all rows of the input, on all threads. */
    void run(int rows, WorkerPool.@Nullable Ahead ahead) {
        if (this.rows != rows) {
            this.rows = rows;
            this.split = WorkSplit.ofProduct(groups, rows, pool.threads());
        }
        pool.run(split.tasks(), this, ahead);
    }

    @Override
    public void run(int task, int worker) {
        forGroups(split.begin(task), split.end(task), multiply);
    }

    private void multiply(Product product, int first, int last) {
        PackedMatrix weights = product.weights();
        MemorySegment activations = weights.type().quantized() ? quantized : input;
        kernels.matmul(weights, activations, rows, product.out(), product.outStride(), accumulate, first, last);
    }

    /** Adds the weights that are a thread's own, in the order in which it reads them. */
    void addShare(int thread, List<MemorySegment> parts) {
        WorkSplit one = WorkSplit.ofProduct(groups, 1, pool.threads());
        forGroups(one.shareBegin(thread), one.shareBegin(thread + 1), (product, first, last) -> {
            PackedMatrix weights = product.weights();
            long bytes = weights.groupBytes();
            parts.add(weights.data().asSlice(first * bytes, (last - first) * bytes));
        });
    }

    /** Groups first..last of one matrix. */
    @FunctionalInterface
    private interface GroupRange {
        void take(Product product, int first, int last);
    }

    /** Cuts groups from..to, counted over all matrices, where a matrix ends. */
    private void forGroups(int from, int to, GroupRange range) {
        int base = 0;
        for (Product product : products) {
            int count = product.weights().groups();
            int first = Math.max(from - base, 0);
            int last = Math.min(to - base, count);
            if (first < last) {
                range.take(product, first, last);
            }
            base += count;
        }
    }
}
