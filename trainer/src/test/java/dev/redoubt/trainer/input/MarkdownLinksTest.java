package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownLinksTest {

  @Test
  void linksAreFoundWithTheirPlaces() {
    String text = "One ![a](b.png) two\n\n![](c/)![d e](f.wav)\n";
    assertThat(MarkdownLinks.in(text))
        .containsExactly(
            new MarkdownLinks.Link(4, 15, 1, "a", "b.png"),
            new MarkdownLinks.Link(21, 28, 3, "", "c/"),
            new MarkdownLinks.Link(28, 41, 3, "d e", "f.wav"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "![a](b.png)|a|b.png",
        "![a [b] c](d.png)|a [b] c|d.png",
        "![a](  b.png  )|a|b.png",
        "![a](b(1).png)|a|b(1).png",
        "![a](b\\).png)|a|b).png",
        "![a](<b c.png>)|a|b c.png",
        "![a](b%20c.png)|a|b c.png",
        "![a](%C3%A9.png)|a|é.png",
        "![a](100%.png)|a|100%.png",
        "![a](b%zz.png)|a|b%zz.png",
        "![a](😀.png)|a|😀.png",
        "![a](b.png \"title\")|a|b.png",
        "![a](b.png 'it is' )|a|b.png",
        "![a](dir\\name.png)|a|dir\\name.png",
        "!![a](b.png)|a|b.png",
        "`code ![a](b.png)|a|b.png",
        "`` x ` ![c](d.png) `` ![a](b.png)|a|b.png",
        "[![a](b.png)](https://example.org)|a|b.png",
      })
  void targetsAreReadAsCommonMarkDoes(String text, String alt, String target) {
    List<MarkdownLinks.Link> links = MarkdownLinks.in(text);
    assertThat(links).hasSize(1);
    assertThat(links.getFirst().alt()).isEqualTo(alt);
    assertThat(links.getFirst().target()).isEqualTo(target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "!",
        "![",
        "![a]",
        "![a](",
        "![a](b.png",
        "![a](b.png \"title)",
        "![a](b c.png)",
        "![a] (b.png)",
        "![a][b]",
        "[a](b.png)",
        "\\![a](b.png)",
        "`![a](b.png)`",
        "``a ` ![a](b.png) ``",
        "![a\n](b.png)",
        "![a](<b.png\n>)",
        "```\n![a](b.png)\n```",
        "~~~ text\n![a](b.png)\n```\n~~\n![a](b.png)",
        "   ````\n```\n![a](b.png)\n````",
      })
  void whatIsNoLinkIsText(String text) {
    assertThat(MarkdownLinks.in(text)).isEmpty();
  }

  @Test
  void behindFencedCodeLinksAreLinksAgain() {
    assertThat(MarkdownLinks.in("```\n![a](b.png)\n```\r\n![c](d.png)\n"))
        .containsExactly(new MarkdownLinks.Link(21, 32, 4, "c", "d.png"));
    assertThat(MarkdownLinks.in("```a`b\n![c](d.png)")).hasSize(1);
    assertThat(MarkdownLinks.in("    ```\n![c](d.png)")).hasSize(1);
  }
}
