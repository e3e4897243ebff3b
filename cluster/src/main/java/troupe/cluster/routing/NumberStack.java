package troupe.cluster.routing;

import java.util.Arrays;

/** A stack of ints without boxes. */
final class NumberStack {
    private int[] numbers = new int[16];
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void push(int number) {
        if (size == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * size);
        }
        numbers[size++] = number;
    }

    int pop() {
        return numbers[--size];
    }

    /** Pushes all that is in the other, and empties it. */
    void takeAll(NumberStack other) {
        while (!other.isEmpty()) {
            push(other.pop());
        }
    }
}
