package troupe.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor of a GGUF file, its data still in the mapped file.
 *
 * @param name unique within the file
 * @param type how elements are stored
 * @param shape one to four dimensions in ggml's order: {@code shape[0]} is the length of a contiguous row (columns). A
 *     matrix that maps x (length n) to y (length m) has the shape [n, m].
 * @param data {@code rows() * type.rowBytes(columns())} bytes, read-only, little-endian
 */
public record GgufTensor(String name, TensorType type, List<Integer> shape, MemorySegment data) {
    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /** Elements in a contiguous row. */
    public int columns() {
        return shape.getFirst();
    }

    /** The number of rows: the product of all dimensions after the first; 1 for a vector. */
    public int rows() {
        int rows = 1;
        for (int i = 1; i < shape.size(); i++) {
            rows = Math.multiplyExact(rows, shape.get(i));
        }
        return rows;
    }
}
