using Vaal.Bench;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>Real processes: three silos, four workers, one Redis, and what happens to them.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterFaultTests
{
    [Fact]
    public void Cluster_UnderTwentyFaults_ChoosesExactlyWhatOneMachineChooses()
    {
        using var folder = new TemporaryFolder();
        var report = ClusterCheck.Check(VaalProgram.Path, folder.Path, 6_000, 20, seed: 7,
            line => TestContext.Current.SendDiagnosticMessage("{0}", line), warmUp: false, pause: 2, vaal: Command);
        Assert.True(report.Equal, ClusterCheck.Line(report));
        Assert.True(report.Total >= 20, ClusterCheck.Line(report));

        static (int, string, string) Command(string[] args)
        {
            var ended = Outcomes.Run(args);
            return (ended.ExitCode, ended.Out, ended.Error);
        }
    }
}
