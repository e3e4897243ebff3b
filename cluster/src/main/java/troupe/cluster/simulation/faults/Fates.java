package troupe.cluster.simulation.faults;

/** Decides all that is left to chance. Equal decisions give equal runs. */
interface Fates {
    /** Which outcome of {@code peril} comes about; 0 is that nothing goes wrong. */
    int choose(Peril peril);

    /** A duration from {@code [0, most)} nanos; 0 where nothing varies. */
    long spread(long most);
}
