package troupe.multinode.chaos;

import java.io.IOException;

/**
 * Something that happens to a cluster while clients ask.
 *
 * @param name as it is typed
 * @param what happens, for people
 * @param place where its nodes are
 * @param gatewayDies whether connections break, so that every stream has to be resumable
 */
record Scenario(String name, String what, Place place, boolean gatewayDies, Script script) {
    /** Where the nodes of a scenario are. */
    enum Place {
        LOOPBACK,
        NAMESPACES
    }

    /** What happens. */
    interface Script {
        /** Before the clients begin. */
        default void prepare(Stage stage) throws IOException, InterruptedException {}

        void play(Stage stage) throws IOException, InterruptedException;

        /** After the clients have ended, however it went. */
        default void restore(Stage stage) throws IOException, InterruptedException {}
    }
}
