package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;

/**
 * The predictions that hold, by their first block: whoever follows a chain of hashes comes by it. A prediction is one
 * entry however many blocks it has, so making one costs little, and nothing is to be done when its worker confirms it:
 * from then on the index says the same. As many as there are attempts on their way or just begun.
 */
final class Predictions {
    private @Nullable Prediction[] buckets = new @Nullable Prediction[256];
    private int size;

    int size() {
        return size;
    }

    void add(Prediction prediction) {
        if (size >= buckets.length) {
            grow();
        }
        int bucket = bucket(prediction.low());
        prediction.next = buckets[bucket];
        buckets[bucket] = prediction;
        size++;
    }

    /** Does nothing if it is not there. */
    void remove(Prediction prediction) {
        int bucket = bucket(prediction.low());
        Prediction before = null;
        Prediction each = buckets[bucket];
        while (each != null && each != prediction) {
            before = each;
            each = each.next;
        }
        if (each == null) {
            return;
        }
        if (before == null) {
            buckets[bucket] = each.next;
        } else {
            before.next = each.next;
        }
        each.next = null;
        size--;
    }

    /** The first of those that may begin with a block whose lower half this is; the others follow by {@code next}. */
    @Nullable
    Prediction candidates(long low) {
        return buckets[bucket(low)];
    }

    private int bucket(long low) {
        return (int) (low ^ (low >>> 32)) & (buckets.length - 1);
    }

    private void grow() {
        @Nullable Prediction[] old = buckets;
        buckets = new @Nullable Prediction[2 * old.length];
        size = 0;
        for (Prediction first : old) {
            Prediction each = first;
            while (each != null) {
                Prediction following = each.next;
                add(each);
                each = following;
            }
        }
    }
}
