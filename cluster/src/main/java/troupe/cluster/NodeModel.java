package troupe.cluster;

import troupe.actors.EngineFactory;
import troupe.actors.ServedModel;

/** A model that is open on this node: its tokenizer and template, and what engines are made of. */
public interface NodeModel extends AutoCloseable {
    ServedModel served();

    /** Memory that the weights take in an engine, bytes. */
    long weightBytes();

    /**
     * Makes the engines of one replica, one after the other.
     *
     * @param worker names their threads
     * @param kvMemoryBytes of the KV cache
     */
    EngineFactory engines(String worker, long kvMemoryBytes);

    /** Gives the model back; whoever else has opened it keeps it. */
    @Override
    void close();
}
