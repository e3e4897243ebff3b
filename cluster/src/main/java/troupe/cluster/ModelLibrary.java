package troupe.cluster;

/** The port to the models that a node can get. Safe for use by several threads at once. */
@FunctionalInterface
public interface ModelLibrary {
    /**
     * Opens a model; may take minutes where it has to be fetched first.
     *
     * @param source a name that the node's store knows, or a path
     * @throws Exception where there is no such model, or it cannot be had; the message is for operators
     */
    NodeModel open(String source) throws Exception;
}
