namespace Vaal;

/// <summary>A trained model that gives each image of a list probabilities of its classes.</summary>
internal interface IClassifier : IDisposable
{
    IReadOnlyList<string> Classes { get; }

    /// <summary>An image may have several of them: each probability is of a question of its own.</summary>
    bool MultiLabel { get; }

    /// <summary>In the order of the files, some at a time.</summary>
    /// <param name="files">absolute paths</param>
    /// <returns>probabilities of the classes, or why the file cannot be used</returns>
    IEnumerable<(double[]? Probabilities, string? Problem)> Predict(
        IReadOnlyList<string> files, Action<TrainEvent>? report, CancellationToken cancel);
}
