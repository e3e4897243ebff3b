package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console in a real browser, which also says whether the page kept to its policy. */
@Timeout(180)
class ConsoleBrowserTest {
    private TestServer server = new TestServer("");

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void shouldShowTheClusterAndStreamAChat() throws Exception {
        try (Browser browser = browser(1280, 900)) {
            browser.open(server.uri("/").toString());
            browser.await("document.getElementById('link').dataset.state === 'live'");
            String nodes = browser.evaluate("document.getElementById('nodes').innerText")
                    .asText();
            assertTrue(nodes.contains("node-0") && nodes.contains("node-1"), nodes);
            assertTrue(nodes.contains("draining: 4 of 4 sequences left"), nodes);
            // What others have named is text, whatever it looks like.
            assertTrue(nodes.contains(RecordingAdmin.HOSTILE), nodes);
            assertEquals(
                    0,
                    browser.evaluate("document.querySelectorAll('main img').length")
                            .asInt());
            browser.await("document.querySelectorAll('.chart canvas').length === 3");

            browser.evaluate("""
                    document.getElementById('temperature').value = '0';
                    document.getElementById('max-tokens').value = '12';
                    document.getElementById('prompt').value = 'w1 w2';
                    document.getElementById('send').click()""");
            browser.await("document.querySelector('.message.assistant .under button')");
            String answer = browser.evaluate("document.querySelector('.message.assistant .body').textContent")
                    .asText();
            String below = browser.evaluate("document.querySelector('.message.assistant .under').textContent")
                    .asText();
            // The model without weights says words with numbers.
            assertTrue(answer.matches("( w\\d+)+"), answer);
            assertTrue(below.contains(" " + answer.strip().split(" ", -1).length + " tokens"), below);

            browser.evaluate("document.querySelector('.message.assistant .under button').click()");
            browser.await("document.querySelector('#waterfall .segment.decode')");
            assertNoComplaint(browser);
        }
    }

    @ParameterizedTest
    @CsvSource({"1280, cluster", "390, cluster", "390, requests", "390, chat"})
    void shouldFitIntoItsWindow(int width, String tab) throws Exception {
        server.send(
                server.post("/v1/completions", TestServer.completion(3, 4, 1).toString()));
        try (Browser browser = browser(width, 844)) {
            browser.open(server.uri("/").toString());
            browser.await("document.getElementById('link').dataset.state === 'live'");
            browser.evaluate("document.querySelector('[data-tab=" + tab + "]').click()");
            browser.await("document.querySelector('[data-part=" + tab + "]').offsetHeight > 0");
            browser.await("document.querySelector('#requests button')");
            browser.evaluate("document.querySelector('#requests button').click()");
            browser.await("document.querySelector('#waterfall .segment.decode')");
            assertTrue(
                    browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
                            .asBoolean(),
                    () -> "wider than " + width);
            assertTrue(
                    browser.evaluate("[...document.querySelectorAll('.scroll, .lane-head')]"
                                    + ".every(each => each.scrollWidth <= each.clientWidth)")
                            .asBoolean(),
                    "a table or a lane is wider than its place");
            assertNoComplaint(browser);
        }
    }

    @Test
    void shouldAskForTheTokenWhereOneIsSet() throws Exception {
        server.close();
        server = new TestServer("troupe.http.admin-token = correct-horse-battery");
        try (Browser browser = browser(1280, 900)) {
            browser.open(server.uri("/").toString());
            browser.await("!document.getElementById('token-form').hidden");
            browser.evaluate("""
                    document.getElementById('token').value = 'correct-horse-battery';
                    document.querySelector('#token-form button').click()""");
            browser.await("document.getElementById('link').dataset.state === 'live'");
            browser.await("document.getElementById('token-form').hidden");
        }
    }

    @Test
    void shouldAskForAKeyBeforeItChatsWhereTheModelsDo() throws Exception {
        server.close();
        server = new TestServer("troupe.http.api-key = key-of-the-whole-team");
        try (Browser browser = browser(1280, 900)) {
            browser.open(server.uri("/").toString());
            browser.await("document.getElementById('link').dataset.state === 'live'");
            browser.await("!document.getElementById('key-form').hidden");
            browser.evaluate("""
                    document.getElementById('key').value = 'key-of-the-whole-team';
                    document.querySelector('#key-form button').click()""");
            browser.await("document.getElementById('key-form').hidden && document.getElementById('model')");
            browser.evaluate("""
                    document.getElementById('prompt').value = 'w1 w2';
                    document.getElementById('send').click()""");
            browser.await("document.querySelector('.message.assistant .under')");
            browser.await("document.querySelector('.message.assistant .body').textContent.length > 0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/console/main.js", "/console/console.css", "/console/uplot.js", "/console/icon.svg"})
    void shouldServeItsFilesUnderAStrictPolicy(String path) throws Exception {
        var response = server.get(path);
        assertEquals(200, response.statusCode());
        String policy = response.headers().firstValue("Content-Security-Policy").orElse("");
        assertTrue(policy.startsWith("default-src 'none'"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals(
                "nosniff",
                response.headers().firstValue("X-Content-Type-Options").orElse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console/", "/console/../index.html", "/console/%2e%2e/Json.class", "/index.html"})
    void shouldServeNothingElse(String path) throws Exception {
        JsonNode body = TestServer.JSON.readTree(server.get(path).body());
        assertEquals("unknown_path", body.at("/error/code").asText());
    }

    private void assertNoComplaint(Browser browser) {
        assertEquals(List.of(), browser.complaints);
        String own = server.uri("/").toString();
        assertTrue(browser.requests.size() > 10, browser.requests::toString);
        for (String request : browser.requests) {
            assertTrue(request.startsWith(own), request);
        }
    }

    private static Browser browser(int width, int height) throws Exception {
        Optional<Path> executable = Browser.installed();
        assumeTrue(executable.isPresent(), "no Chromium on the PATH (Debian: apt-get install chromium)");
        return Browser.start(executable.orElseThrow(), width, height);
    }
}
