package troupe.bench;

import java.util.List;
import troupe.bench.peer.PeerModel;

/**
 * One line of the comparison.
 *
 * @param id for the command line
 * @param figures of one reading, at least one
 */
record Row(String id, PeerModel model, Work work, List<Figure> figures) {
    Row {
        figures = List.copyOf(figures);
    }
}
