package dev.redoubt.cli.metrics;

/**
 * What a run needs to be scraped.
 *
 * @param registry of the process that runs it
 * @param targets where the members that are processes of their own can be scraped
 */
public record Scraping(MetricRegistry registry, ScrapeTargets targets) {}
