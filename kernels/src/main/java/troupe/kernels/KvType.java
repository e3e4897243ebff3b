package troupe.kernels;

/** Element types of the key-value cache. Attention reads keys and values only after they were rounded to this type. */
public enum KvType {
    /** IEEE binary16, rounded to nearest even. */
    F16(0, 2),
    /** IEEE binary32. */
    F32(1, 4);

    private final int code;
    private final int bytes;

    KvType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** The number of the type in the C ABI: {@code enum kv_type}. */
    int code() {
        return code;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
