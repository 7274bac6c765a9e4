using System.Globalization;
using System.Text.Json;
using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>What a finished bench chose, by class: how many of some classes, such as those that the first labels lack,
/// and how many of one.</summary>
internal static class PickedClasses
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>picked CONFIG.json FOLDER CLASS[,CLASS…] [--data DATA]</summary>
    public static int Run(string[] args)
    {
        int[] asked = [.. args.Text(2).Split(',').Select(c => int.Parse(c, Invariant))];
        var config = BenchConfig.Read(args[0], args.Option("--data"));
        Console.WriteLine(
            "| pool | strategy | runs | share of these classes among the picks, round by round | share of the " +
            "commonest class, round by round |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var pool in config.Pools)
        {
            using var data = pool.Data.Load();
            var classes = data.Pool.Classes;
            Console.WriteLine(
                string.Create(
                    Invariant,
                    $"| {pool.Name} | all images | | " +
                    $"{classes.Count(c => asked.Contains(c)) / (double)classes.Count:0.00} | " +
                    $"{classes.CountBy(c => c).Max(c => c.Value) / (double)classes.Count:0.00} |"));
            foreach (var strategy in config.Strategies)
            {
                var runs = config.Cells.Where(c => c.Pool == pool.Name && c.Strategy == strategy)
                    .Select(c => Path.Combine(args[1], "cells", pool.Name, $"{strategy}-{c.Seed}", "rounds.json"))
                    .Where(File.Exists)
                    .Select(f => JsonSerializer.Deserialize<List<RoundResult>>(File.ReadAllText(f), Json.Options)!)
                        .Where(r => r.Count == pool.Rounds).ToList();
                string Shares(Func<List<int>, double> share) => runs.Count == 0
                    ? ""
                    : string.Join(
                        ", ", Enumerable.Range(0, pool.Rounds - 1)
                        .Select(i => runs.Average(r => share([.. r[i].Picks.Select(id => classes[id])]))
                            .ToString("0.00", Invariant)));
                Console.WriteLine(
                    $"| {pool.Name} | {strategy} | {runs.Count} | " +
                    $"{Shares(of => of.Count(asked.Contains) / (double)of.Count)} | " +
                    $"{Shares(of => of.CountBy(c => c).Max(c => c.Value) / (double)of.Count)} |");
            }
        }
        return 0;
    }
}
