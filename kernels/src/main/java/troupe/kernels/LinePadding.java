package troupe.kernels;

/** A cache line of nothing. Fields of a superclass come first: those of a subclass share no line with what lies before. */
@SuppressWarnings("unused") // only takes room
abstract class LinePadding {
    private long before0, before1, before2, before3, before4, before5, before6, before7;
}
