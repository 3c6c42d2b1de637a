package dev.redoubt.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Texts stay texts, whatever is in them. */
class HtmlTest {

  @Test
  void a_text_cannot_open_an_element() {
    String html = new Html().open("p").text("<img src=x onerror=alert(1)> & \"more\"").close() + "";

    assertThat(html).isEqualTo("<p>&lt;img src=x onerror=alert(1)&gt; &amp; &quot;more&quot;</p>");
  }

  @Test
  void a_value_cannot_leave_its_attribute() {
    String html = new Html().leaf("i", "", "title", "\" onload='alert(1)") + "";

    assertThat(html).isEqualTo("<i title=\"&quot; onload=&#39;alert(1)\"></i>");
  }

  @Test
  void control_characters_are_shown_as_what_they_are() {
    assertThat(Html.escaped("a\u0000b\u001b[31m\u0085\n")).isEqualTo("a\uFFFDb\uFFFD[31m\uFFFD\n");
  }

  @Test
  void an_element_that_stays_open_is_a_defect() {
    Html html = new Html().open("p");

    assertThatThrownBy(html::toString).hasMessageContaining("[p] was not closed");
  }

  @Test
  void an_attribute_without_a_value_is_refused() {
    Html html = new Html();

    assertThatThrownBy(() -> html.open("a", "href")).hasMessageContaining("a value is missing");
  }
}
