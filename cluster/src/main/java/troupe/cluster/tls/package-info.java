/** Who may talk to a node: mutual TLS between nodes, and certificates for trying it out. */
@NullMarked
package troupe.cluster.tls;

import org.jspecify.annotations.NullMarked;
