package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.trainer.scan.Kernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScanCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void aHealthyMachineIsClean() {
    Cli result = Cli.run("scan", "--seconds", "2", "--kernel", "norm", "--cpus", first());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("norm ", "clean: ", "scanned: processor " + first());
  }

  private static String first() {
    return String.valueOf(Processors.allowed().getFirst());
  }

  @Test
  void aSimulatedDefectIsFoundAndNamed() throws Exception {
    Cli result =
        Cli.run(
            "scan",
            "--json",
            "--seconds=2",
            "--kernel=gate",
            "--kernel=norm",
            "--inject=lane=3,bit=12,kernel=gate");

    assertThat(result.exitCode()).isEqualTo(1);
    JsonNode report = JSON.readTree(result.out());
    assertThat(report.path("schema").asInt()).isEqualTo(1);
    assertThat(report.path("verdict").asText()).isEqualTo("defective");
    assertThat(report.path("simulated").asText()).isEqualTo("lane=3,bit=12,kernel=gate");
    assertThat(report.path("processors")).hasSize(Processors.allowed().size());
    JsonNode findings = report.at("/processors/0/findings");
    assertThat(findings).isNotEmpty();
    assertThat(findings)
        .allSatisfy(
            finding -> {
              assertThat(finding.path("kernel").asText()).isEqualTo("gate");
              assertThat(finding.path("lanes").toString()).isEqualTo("[3]");
              assertThat(finding.path("persistent").asBoolean()).isTrue();
            });
  }

  @Test
  void tooShortATimeIsInconclusive() {
    Cli result = Cli.run("scan", "--seconds", "0.000001");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.out()).contains("inconclusive: not every test was run once");
  }

  @Test
  void allKernelsAreListed() {
    Cli result = Cli.run("scan", "--list");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out().lines()).hasSize(Kernel.values().length).contains("products-nn");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--seconds=0|--seconds is above 0",
        "--kernel=nn|no 'nn'; scan --list names them",
        "--cpus=a|--cpus is a list such as 0-2,5, not 'a'",
        "--cpus=8000|may not use processor 8000",
        "--inject=lane=99|--inject: lane is 0 to 15, not 99",
      })
  void whatMakesNoSenseIsRefused(String option, String why) {
    Cli result = Cli.run("scan", option);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(why);
  }

  @Test
  void listsOfProcessorsAreRead() {
    assertThat(Processors.list("0-2,5")).containsExactly(0, 1, 2, 5);
    assertThat(Processors.list("7")).containsExactly(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1-", "-1", "3-2", "a", "0-99999"})
  void whatIsNoListOfProcessorsIsRefused(String text) {
    assertThatThrownBy(() -> Processors.list(text)).isInstanceOf(NumberFormatException.class);
  }
}
