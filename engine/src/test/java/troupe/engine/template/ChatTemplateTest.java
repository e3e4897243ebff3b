package troupe.engine.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T14:05:09Z"), ZoneOffset.UTC);

    private static String render(String source, Map<String, ?> context) {
        return ChatTemplate.parse(source, TemplateLimits.DEFAULT).render(context, CLOCK);
    }

    @Test
    void shouldReportWhatTheTemplateItselfRaisesWithItsOwnMessage() {
        TemplateException.Raised raised = assertThrows(
                TemplateException.Raised.class,
                () -> render("\n\n{{ raise_exception('roles must alternate') }}", Map.of()));
        assertEquals("roles must alternate", raised.getMessage());
        assertEquals(3, raised.line());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'a'|urlize }}",
                "{{ 'a' is xyz }}",
                "{% include 'other' %}",
                "{% block b %}{% endblock %}",
                "{{ 'a'.translate({}) }}",
                "{{ ''.__class__ }}",
                "{{ cycler(1) }}",
                "{{ '%x' % 5 }}",
                "{{ '{:>5}'.format(1) }}",
                "{{ '{0a}'.format(1) }}",
                "{{ (1e999 - 1e999) < 1 }}",
                "{{ strftime_now('%Q') }}",
                "{{ ('a'|safe) + '<' }}",
                "{{ 9223372036854775807 + 1 }}",
            })
    void shouldNameAnUnsupportedConstructAndItsLine(String construct) {
        TemplateException.Unsupported unsupported =
                assertThrows(TemplateException.Unsupported.class, () -> render("a\n\n" + construct, Map.of()));
        assertEquals(3, unsupported.line());
        assertTrue(String.valueOf(unsupported.getMessage()).startsWith("chat template, line 3: unsupported: "));
    }

    @Test
    void shouldTellTheLineOfAnErrorInsideAMacro() {
        String source = "{% macro f(x) %}\n{{ x + 1 }}\n{% endmacro %}\n\n{{ f('a') }}";
        TemplateException.Failure failure =
                assertThrows(TemplateException.Failure.class, () -> render(source, Map.of()));
        assertEquals("chat template, line 2: can only concatenate str (not \"int\") to str", failure.getMessage());
    }

    @Test
    void shouldTellNullFromMissing() {
        Map<String, @Nullable Object> context = new HashMap<>();
        context.put("tools", null);
        assertEquals("True False None|", render("{{ tools is none }} {{ zz is none }} {{ tools }}|{{ zz }}", context));
    }

    @Test
    void shouldRenderTextOfTheContextAsItIs() {
        Map<String, Object> context = Map.of("content", "{{ 1 + 1 }}{% if x %}\r\n");
        assertEquals("<{{ 1 + 1 }}{% if x %}\r\n>", render("<{{ content }}>", context));
    }

    @Test
    void shouldRefuseAContextValueThatIsNotPlain() {
        assertThrows(TemplateException.Unsupported.class, () -> render("x", Map.of("a", List.of(new Object()))));
        assertThrows(TemplateException.Unsupported.class, () -> render("x", Map.of("a", Map.of(1, 2))));
    }

    @Test
    void shouldRenderTheSameForManyThreads() throws InterruptedException {
        ChatTemplate template = ChatTemplate.parse(
                "{% set ns = namespace(n=0) %}{% for i in range(100) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
                TemplateLimits.DEFAULT);
        List<String> outputs = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                String output = template.render(Map.of(), CLOCK);
                synchronized (outputs) {
                    outputs.add(output);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of("4950", "4950", "4950", "4950"), outputs);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(x) %}{% call f(x) %}{{ caller() }}{% endcall %}{% endmacro %}{{ f(1) }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 99 }}{% endfor %}",
                "{{ 'a' * 1000000000 }}",
                "{{ [0] * 1000000000 }}",
                "{{ [[0] * 1000] * 2000 * 2000 }}",
                "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s.replace('a', 'aa') %}{% endfor %}",
                "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s.join([ns.s, ns.s]) %}{% endfor %}",
                "{% set ns = namespace(l=[]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
                "{% set ns = namespace(l=[], k=[]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}"
                        + "{% set ns.k = [ns.k, ns.k] %}{% endfor %}{{ ns.l == ns.k }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l in [ns.l] }}",
                "{{ '%999999s' % 'a' * 9 }}{{ '%9999999s' % 'a' }}",
                "{{ 'a'.ljust(1000000000) }}",
                "{{ 'a'.ljust(9223372036854775807, '🙂') }}",
                "{{ 'aaaaaaaaaaaa'|truncate(-9223372036854775807, leeway=-9223372036854775807) }}",
                "{{ 'a'|indent(1000000000) }}",
                "{{ 'a'|center(1000000000) }}",
                "{{ [1]|tojson(indent=1000000000) }}",
                "{{ [1]|batch(1000000000, 'x')|list }}",
                "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ ('b' in s) }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% set p = 'a' * 500000 ~ 'b' %}{% for i in range(99) %}{{ s.find(p) }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{{ s.strip('b' * 1000000 ~ 'a') }}{{ s.strip('b' * 1000000 ~ 'a') }}",
                "{% set s = 'a' * 1000000 %}{% set l = [s] * 99 %}{{ l|map('upper')|list|length }}",
                "{% set d = {'a': 1} %}{% set ns = namespace(s='map') %}{{ range(99999)|map('map', 'map')|list * 99 }}",
            })
    @Timeout(20)
    void shouldEndAHostileTemplateAtALimit(String source) {
        assertThrows(TemplateException.class, () -> render(source, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(", "[", "{1:", "not ", "-", "a[", "a(", "1 if 2 else ", "'a' is in [", "{{ a|default(", "x ~ ("
            })
    @Timeout(20)
    void shouldRefuseDeepNestingWhileParsing(String opening) {
        String source = "{{ " + opening.repeat(100_000 / opening.length());
        assertThrows(TemplateException.class, () -> ChatTemplate.parse(source, TemplateLimits.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}",
                "{% for a in b %}",
                "{% macro a() %}",
                "{% set a %}",
                "{% for (",
                "{% call a() %}",
                "{% filter upper %}",
                "{#",
                "{% raw %}",
                "{{ '",
                "{% \n"
            })
    @Timeout(20)
    void shouldRefuseUnclosedTagsHoweverMany(String opening) {
        assertThrows(
                TemplateException.class,
                () -> ChatTemplate.parse(opening.repeat(100_000 / opening.length()), TemplateLimits.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {" + 1", " ~ 1", " and 1", "|string", ".x", "[0]", "()", " == 1", " is odd", " if 1", " ** 1"})
    @Timeout(20)
    void shouldNotOverflowTheStackOnLongChains(String link) throws InterruptedException {
        String source = "{% set x = [1] %}{{ 1" + link.repeat(100_000 / link.length()) + " }}";
        assertEndsWithoutStackOverflow(source);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro f() %}{{ (((([[f()|string] + []] + [])|list)))|length + 1 }}{% endmacro %}{{ f() }}",
                "{% macro f() %}{% if 1 %}{% for i in [1] %}{% set x %}{{ f() }}{% endset %}{% endfor %}{% endif %}{% endmacro %}{{ f() }}",
                "{% for x in [1] recursive %}{% with y = 1 %}{{ (loop([1]) ~ 'a')|upper }}{% endwith %}{% endfor %}",
                "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = {'a': [ns.l]} %}{% endfor %}{{ ns.l|tojson }}",
            })
    @Timeout(20)
    void shouldNotOverflowTheStackOnDeepRecursion(String source) throws InterruptedException {
        assertEndsWithoutStackOverflow(source);
    }

    /** Renders on a stack half as large as the JVM's default; a chain may also render within the limits. */
    private static void assertEndsWithoutStackOverflow(String source) throws InterruptedException {
        AtomicReference<String> end = new AtomicReference<>("still running");
        Runnable rendering = () -> {
            try {
                render(source, Map.of());
                end.set("rendered or refused");
            } catch (TemplateException refused) {
                end.set("rendered or refused");
            } catch (StackOverflowError overflow) {
                end.set("stack overflow");
            }
        };
        Thread thread = new Thread(null, rendering, "small stack", 512 * 1024);
        thread.start();
        assertTrue(thread.join(Duration.ofSeconds(15)));
        assertEquals("rendered or refused", end.get());
    }

    @Test
    void shouldBoundTheContextsNesting() {
        List<Object> nested = List.of();
        for (int i = 0; i < 10_000; i++) {
            nested = List.of(nested);
        }
        Map<String, Object> context = Map.of("messages", nested);
        TemplateException.Limit limit = assertThrows(TemplateException.Limit.class, () -> render("x", context));
        assertEquals("chat template, line 1: limit reached: maxNesting = 64", limit.getMessage());
    }

    @Test
    void shouldBoundTheOutput() {
        TemplateLimits limits = new TemplateLimits(1000, 64, 1000, 100, 10, 1000);
        ChatTemplate template = ChatTemplate.parse("{{ a }}{{ a }}", limits);
        assertEquals("1234512345", template.render(Map.of("a", "12345"), CLOCK));
        assertThrows(TemplateException.Limit.class, () -> template.render(Map.of("a", "123456"), CLOCK));
    }

    @Test
    void shouldRefuseATemplateLongerThanTheLimit() {
        String source = "a".repeat(TemplateLimits.DEFAULT.maxSourceChars() + 1);
        assertThrows(TemplateException.Limit.class, () -> ChatTemplate.parse(source, TemplateLimits.DEFAULT));
    }
}
