using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// What a task is: how its labels are read, what a prediction costs, and how a model is tested. One object a task; all
/// that differs between tasks is asked of it. A new task is one file like <see cref="ClassTask"/>, and a line here.
/// </summary>
internal abstract class LearningTask
{
    private static readonly LearningTask[] All = [new ClassTask(), new MultiLabelTask(), new MaskTask()];

    /// <summary>The strategies that need no labels, for messages.</summary>
    protected const string NoLabelsNeeded =
        "the strategies 'vaal' and its ablations, 'random', 'typiclust' and 'prob-cover' need ";

    /// <summary>What its labels are.</summary>
    public abstract LabelForm Labels { get; }

    /// <summary>Every image has one class, which some strategies compute with.</summary>
    public bool HasImageClasses => Labels == LabelForm.Class;

    /// <summary>Why a query strategy cannot choose for it; null: it can.</summary>
    public virtual string? Refusal(string strategy) => null;

    /// <summary>The task of these images.</summary>
    public static LearningTask Of(ImageSet images) => For(LabelForm.Of(images));

    /// <summary>The task that a network is made for, where images have no several classes.</summary>
    /// <param name="model">a name of <see cref="TaskModels"/></param>
    public static LearningTask For(string model) => For(TaskModels.Segments(model) ? LabelForm.Masks : LabelForm.Class);

    /// <summary>The task with such labels.</summary>
    public static LearningTask For(LabelForm labels) => All.Single(t => t.Labels == labels);

    /// <summary>Names of the networks that are made for it.</summary>
    public IEnumerable<string> Models => TaskModels.Names.Where(name => TaskModels.Segments(name) == Labels.ByPixel);

    /// <summary>Whether a network gives what it asks for.</summary>
    public bool Fits(TaskModel model) => model is Segmenter == Labels.ByPixel;

    /// <summary>Why a network cannot learn from these images; null: it can.</summary>
    public static string? Problem(string model, ImageSet images) =>
        Of(images) is var task && TaskModels.Segments(model) == task.Labels.ByPixel ? null : task.Unsuited(model);

    /// <summary>The query strategy that suits this task.</summary>
    /// <param name="features">an encoder's features are there</param>
    /// <param name="classes">as <see cref="ClassesTold"/> counts</param>
    public abstract string Strategy(bool features, int classes);

    /// <summary>How many classes a head could learn from the labelled images of a pool.</summary>
    public virtual int ClassesTold(Pool pool) =>
        pool.Labelled.Select(pool.ClassOf).Where(c => c >= 0).Distinct().Count();

    /// <summary>How many classes the labelled images of a pool name, or more.</summary>
    public virtual int ClassesIn(Pool pool) => pool.Labelled.Select(pool.ClassOf).DefaultIfEmpty(-1).Max() + 1;

    /// <summary>Whether a labelled image can be learned from.</summary>
    public abstract bool CanLearn(Pool pool, int id);

    /// <summary>The labels of these images, as they stand now.</summary>
    /// <exception cref="InputException">there is a class that the model does not have</exception>
    public abstract TaskTargets Targets(Pool pool, int[] ids, int classes);

    /// <summary>The losses of each image, summed, and how many they are; (B) both.</summary>
    /// <param name="y">as <see cref="TaskTargets"/> gives it</param>
    public abstract (Tensor Sums, Tensor Counts) LossesByImage(Tensor logits, Tensor y, double smoothing);

    /// <summary>The mean loss of a batch, ().</summary>
    public abstract Tensor Loss(Tensor logits, Tensor y, double smoothing);

    /// <summary>Which images of a batch have a loss to be predicted, (B); null: all.</summary>
    public abstract Tensor? WithLoss(Tensor counts);

    /// <summary>Probabilities of logits, over the last dimension.</summary>
    public virtual Tensor Probabilities(Tensor logits) => nn.functional.softmax(logits, -1);

    /// <summary>The measure on all images with a label, and more where the task has more.</summary>
    public abstract RoundScores Test(TaskModel model, ImageSet images, Device? device);

    /// <summary>The measure on some images, with all that a workspace keeps of it.</summary>
    public abstract TaskTest Test(
        TaskModel model, ImageSet images, IReadOnlyList<string> names, int[] tests, Device? device);

    /// <summary>Why so few classes are too few for a task model; null: they are enough.</summary>
    public abstract string? TooFew(string model, int classes);

    /// <summary>The same of a workspace's labels, in words for its owner.</summary>
    public abstract string? TooFew(
        string model, ImageSet images, IReadOnlyList<string> names, IReadOnlyList<int> labelled);

    /// <summary>What to say of a network that is made for another task.</summary>
    public abstract string Unsuited(string model);

    /// <summary>By the number of losses, at least one: a batch of windows may have none.</summary>
    public static Tensor Mean(Tensor sums, Tensor counts) => sums.sum() / counts.sum().clamp(min: 1);

    /// <summary>Names of networks for other tasks, for messages.</summary>
    protected static string NamesFor(LabelForm labels) => string.Join(", ", For(labels).Models);
}

/// <summary>The labels of a training.</summary>
internal abstract class TaskTargets
{
    /// <summary>The images of a batch before they are augmented, with what must be moved as they are.</summary>
    /// <param name="x">(B, C, H, W), bytes</param>
    public abstract Tensor Beside(Tensor x, ReadOnlySpan<int> ids);

    /// <summary>Images and labels of an augmented batch.</summary>
    /// <param name="x">what <see cref="Beside"/> gave, augmented</param>
    /// <returns>images (B, C, H, W), bytes; labels as the task's losses take them</returns>
    public abstract (Tensor X, Tensor Y) Apart(Tensor x, ReadOnlySpan<int> ids);
}
