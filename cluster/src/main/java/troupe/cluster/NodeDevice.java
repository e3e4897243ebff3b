package troupe.cluster;

import java.util.List;

/**
 * What of a node computes.
 *
 * @param kind cpu, or the name of an accelerator
 * @param cores that compute; 0 for an accelerator
 * @param memoryBytes that replicas may use
 */
public record NodeDevice(String kind, int cores, long memoryBytes) {
    static long memoryBytes(List<NodeDevice> devices) {
        long bytes = 0;
        for (NodeDevice device : devices) {
            bytes += device.memoryBytes();
        }
        return bytes;
    }
}
