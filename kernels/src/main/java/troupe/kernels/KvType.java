package troupe.kernels;

/** Element types of the key-value cache. Attention reads keys and values only after they were rounded to this type. */
public enum KvType {
    /** IEEE binary16, rounded to nearest even. */
    F16(0, 2, 0),
    /** IEEE binary32. */
    F32(1, 4, 0),
    /** int8 with one f32 scale for a head's keys, and one for its values, of a position. */
    Q8(2, 1, 4);

    private final int code;
    private final int bytes;
    private final int scaleBytes;

    KvType(int code, int bytes, int scaleBytes) {
        this.code = code;
        this.bytes = bytes;
        this.scaleBytes = scaleBytes;
    }

    /** The number of the type in the C ABI: {@code enum kv_type}. */
    int code() {
        return code;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Bytes of the scale that the elements of a head at one position share; 0 if they have none. */
    public int scaleBytes() {
        return scaleBytes;
    }
}
