package troupe.multinode.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    @Test
    void shouldBeTheSameForTheSameSeed() {
        assertEquals(Questions.of("m", 20, 1), Questions.of("m", 20, 1));
        assertNotEquals(Questions.of("m", 20, 1), Questions.of("m", 20, 2));
    }

    @Test
    void shouldAllDifferAndHaveSeeds() {
        List<Question> questions = Questions.of("m", 20, 1);
        assertEquals(60, new HashSet<>(questions.stream().map(Question::body).toList()).size());
        assertTrue(questions.stream().allMatch(question -> question.body().contains("\"seed\":")));
    }
}
