package dev.redoubt.cli.report;

import java.io.StringWriter;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * {@code junit.xml}: a test case for each expectation. What did not hold is a failure; what nobody
 * can say is an error, so that no CI server shows it as green; after an interrupt it is skipped.
 */
final class JUnitXml {
  private final RunReport report;
  private final XMLStreamWriter xml;

  private JUnitXml(RunReport report, XMLStreamWriter xml) {
    this.report = report;
    this.xml = xml;
  }

  static String of(RunReport report) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
      new JUnitXml(report, xml).write();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("XML in memory cannot fail to be written", e);
    }
    return text + "\n";
  }

  private void write() throws XMLStreamException {
    boolean interrupted = report.verdict() == Verdict.INTERRUPTED;
    long open = report.expectations().stream().filter(Expectation::open).count();
    long failed = report.expectations().stream().filter(Expectation::failed).count();
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeCharacters("\n");
    xml.writeStartElement("testsuite");
    attribute("name", "redoubt." + report.scenario());
    attribute("tests", Integer.toString(report.expectations().size() + 1));
    attribute("failures", Long.toString(failed + (isBad(Verdict.FAILED, Verdict.LOST) ? 1 : 0)));
    attribute(
        "errors",
        Long.toString((interrupted ? 0 : open) + (isBad(Verdict.INCONCLUSIVE, null) ? 1 : 0)));
    attribute("skipped", Long.toString(interrupted ? open + 1 : 0));
    attribute("time", seconds());
    properties();
    verdict();
    for (Expectation expectation : report.expectations()) {
      testcase(expectation, interrupted);
    }
    line(0);
    xml.writeEndElement();
    xml.writeEndDocument();
  }

  private boolean isBad(Verdict one, @org.jspecify.annotations.Nullable Verdict other) {
    return report.verdict() == one || report.verdict() == other;
  }

  private void properties() throws XMLStreamException {
    line(2);
    xml.writeStartElement("properties");
    property("seed", Long.toString(report.seed()));
    property("verdict", report.verdict().word());
    property("reason", report.reason());
    line(2);
    xml.writeEndElement();
  }

  private void property(String name, String value) throws XMLStreamException {
    line(4);
    xml.writeEmptyElement("property");
    attribute("name", name);
    attribute("value", value);
  }

  /** The verdict itself is a case too: a run can be lost with no expectation failed. */
  private void verdict() throws XMLStreamException {
    start("verdict");
    switch (report.verdict()) {
      case PASSED -> {}
      case FAILED, LOST -> result("failure", report.reason());
      case INCONCLUSIVE -> result("error", report.reason());
      case INTERRUPTED -> skipped(report.reason());
    }
    end();
  }

  private void testcase(Expectation expectation, boolean interrupted) throws XMLStreamException {
    String message = "wanted " + expectation.wanted() + ", got " + expectation.observed();
    start(expectation.id());
    if (expectation.failed()) {
      result("failure", message);
    } else if (expectation.open() && interrupted) {
      skipped(message);
    } else if (expectation.open()) {
      result("error", message);
    }
    end();
  }

  private void start(String name) throws XMLStreamException {
    line(2);
    xml.writeStartElement("testcase");
    attribute("name", name);
    attribute("classname", "redoubt." + report.scenario());
    attribute("time", "0");
  }

  private void end() throws XMLStreamException {
    xml.writeEndElement();
  }

  private void result(String element, String message) throws XMLStreamException {
    xml.writeStartElement(element);
    attribute("message", message);
    attribute("type", report.verdict().word());
    xml.writeEndElement();
  }

  private void skipped(String message) throws XMLStreamException {
    xml.writeStartElement("skipped");
    attribute("message", message);
    xml.writeEndElement();
  }

  private void attribute(String name, String value) throws XMLStreamException {
    // XML 1.0 has no control characters, not even escaped.
    xml.writeAttribute(name, value.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]", "?"));
  }

  private void line(int indent) throws XMLStreamException {
    xml.writeCharacters("\n" + " ".repeat(indent));
  }

  private String seconds() {
    RunOutcome.Ledger ledger = report.ledgerSeconds();
    return String.format(Locale.ROOT, "%.3f", ledger.total());
  }
}
