/** The port to a cluster's administration: what operators see and ask for, implemented by the cluster, offered over HTTP. */
@NullMarked
package troupe.actors.admin;

import org.jspecify.annotations.NullMarked;
