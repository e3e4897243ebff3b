package troupe.cluster;

import akka.actor.Address;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import troupe.conf.NodeAddress;

/** The cluster's members by name, as of one moment. */
final class Members {
    /** A member; {@code leaving}: it is on its way out. */
    record Known(String name, Address address, Set<String> roles, boolean up, boolean leaving, boolean reachable) {
        Known {
            roles = Set.copyOf(roles);
        }

        boolean isGateway() {
            return roles.contains(NodeConfig.GATEWAY);
        }

        boolean isWorker() {
            return roles.contains(NodeConfig.WORKER);
        }
    }

    private Members() {}

    /** Sorted by name; those that are down or removed do not count. */
    static Map<String, Known> of(CurrentClusterState state) {
        Map<String, Known> members = new TreeMap<>();
        Set<Address> unreachable = new HashSet<>();
        state.getUnreachable().forEach(member -> unreachable.add(member.address()));
        for (Member member : state.getMembers()) {
            MemberStatus status = member.status();
            if (status.equals(MemberStatus.down()) || status.equals(MemberStatus.removed())) {
                continue;
            }
            String name = name(member.address());
            members.put(
                    name,
                    new Known(
                            name,
                            member.address(),
                            ours(member.getRoles()),
                            status.equals(MemberStatus.up()),
                            status.equals(MemberStatus.leaving()) || status.equals(MemberStatus.exiting()),
                            !unreachable.contains(member.address())));
        }
        return members;
    }

    /** How many gateways there are, whether they can be reached or not. */
    static long gateways(CurrentClusterState state) {
        return of(state).values().stream().filter(Known::isGateway).count();
    }

    /** Without those that Akka adds. */
    private static Set<String> ours(Set<String> roles) {
        Set<String> ours = new HashSet<>(roles);
        ours.retainAll(Set.of(NodeConfig.GATEWAY, NodeConfig.WORKER));
        return ours;
    }

    /** Nodes are called by where they are reached. */
    static String name(Address address) {
        return new NodeAddress(address.host().get(), (Integer) address.port().get()).toString();
    }
}
