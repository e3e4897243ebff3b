package troupe.actors.resume;

import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * The other gateways of the cluster, and which of them answer, as of the last {@link #follow}: nobody sees a change before all
 * do. Plain bookkeeping.
 */
final class Peers {
    private final PeerContacts contacts;
    private Set<String> all = Set.of();
    private Set<String> inTouch = Set.of();
    private boolean cutOff;

    /** @param silenceNanos without an answer, after which a gateway is out of touch */
    Peers(long silenceNanos) {
        contacts = new PeerContacts(silenceNanos);
    }

    /** All, in the order of their names, whether they answer or not. */
    Set<String> all() {
        return new TreeSet<>(all);
    }

    boolean has(String gateway) {
        return all.contains(gateway);
    }

    /** Those that answer. */
    Set<String> inTouch() {
        return inTouch;
    }

    boolean isCutOff() {
        return cutOff;
    }

    /** These are the other gateways from now on; gives those that are gone. */
    Set<String> replace(Set<String> others) {
        Set<String> gone = all();
        gone.removeAll(others);
        all = Set.copyOf(others);
        contacts.gateways(others);
        return gone;
    }

    /** Time has passed; gives the question that is to be sent to all now, if it is time for one. */
    OptionalLong tick(long nowNanos) {
        return contacts.tick(nowNanos);
    }

    /** A gateway has answered {@code question}. */
    void answered(String gateway, long question) {
        contacts.answered(gateway, question);
    }

    /** Whether others answer than did when last looked. */
    boolean haveChanged() {
        return !contacts.inTouch().equals(inTouch);
    }

    /** Looks who answers; gives those that did not before. */
    Set<String> follow() {
        Set<String> more = contacts.inTouch();
        more.removeAll(inTouch);
        inTouch = Set.copyOf(contacts.inTouch());
        cutOff = contacts.isCutOff();
        return more;
    }
}
