package troupe.cluster.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** Sessions of two turns that share a few beginnings. */
record RandomWorkload(int size, double secondsApart, long seed) implements Workload {
    @Override
    public String title() {
        return "random";
    }

    @Override
    public double startSeconds(int session) {
        return session * secondsApart;
    }

    @Override
    public List<Turn> turns(int session) {
        SplittableRandom random = new SplittableRandom(seed + session);
        TokenRuns prompt = TokenRuns.EMPTY
                .then(random.nextInt(10), random.nextInt(50, 150))
                .then(random.nextLong(), random.nextInt(1, 100));
        int output = random.nextInt(1, 40);
        long answer = random.nextLong();
        TokenRuns next = prompt.then(answer, output).then(random.nextLong(), 20);
        return List.of(new Turn(0, prompt, output, answer), new Turn(random.nextDouble(), next, 5, random.nextLong()));
    }
}
