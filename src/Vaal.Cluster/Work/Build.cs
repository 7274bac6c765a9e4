using System.Security.Cryptography;

namespace Vaal.Cluster.Work;

/// <summary>Which build of vaal this is: runs of a bench have the same results only where it is the same.</summary>
internal static class Build
{
    /// <summary>Of the assemblies that compute; the compiler gives each build of each a number.</summary>
    public static string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(
        [.. new[] { typeof(Json), typeof(Data.DataSet), typeof(ActiveLearningLoop), typeof(Experiments.BenchGrid) }
            .SelectMany(t => t.Module.ModuleVersionId.ToByteArray())]));
}
